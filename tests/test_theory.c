/* test_theory.c - what is known exactly: formulas give the figures that others have printed, the
 * simulator gives what formulas say, and verdicts would tell if it did not. */
#include <math.h>

#include "support.h"
#include "theory.h"

/* ---- formulas ---------------------------------------------------------------------------- */

typedef struct figure {
    theory_formula *formula;
    double p[6];
    const char *digits;  // as they were printed, from other programs, tables or by hand
} figure;

static const figure figures[] = {
    {mm1_number, {.8, 1}, "4"},
    {mm1_queue, {.8, 1}, "3.2"},
    {mm1_response, {.8, 1}, "5"},
    {mm1_wait, {.8, 1}, "4"},
    {mm1_idle, {.8, 1}, "0.2"},
    {mm1_number_variance, {.8, 1}, "20"},
    {mm1_response_variance, {.8, 1}, "25"},
    {mm1_response_quantile, {.8, 1, .5}, "3.465735903"},
    {mm1_response_quantile, {.8, 1, .95}, "14.97866137"},
    {mm1_response_quantile, {.8, 1, .99}, "23.02585093"},
    {mm1_wait_quantile, {.8, 1, .95}, "13.86294361"},
    {mm1_power, {.8, 1, 50, 200}, "170"},
    {mm1_energy_per_job, {.8, 1, 50, 200}, "212.5"},
    {mm1_number_at, {.8, 1, 1}, "0.5515518583"},
    {mm1_number_at, {.8, 1, 5}, "1.469460828"},
    {mm1_number_at, {.8, 1, 10}, "2.030281564"},
    {mm1_number_at, {.8, 1, 50}, "3.405038978"},
    {mm1_number_at, {.8, 1, 100}, "3.791872693"},
    {mm1_number_until, {.8, 1, 100}, "3.12110999"},
    {mm1_number_until, {.8, 1, 1000}, "3.900000063"},
    {mmc_must_wait, {3.2, 1, 4}, "0.5964324718"},
    {mmc_queue, {3.2, 1, 4}, "2.385729887"},
    {mmc_wait, {3.2, 1, 4}, "0.7455405897"},
    {mmc_response, {3.2, 1, 4}, "1.74554059"},
    {mmc_number, {3.2, 1, 4}, "5.585729887"},
    {mmc_wait_above, {3.2, 1, 4, 1}, "0.2679943847"},
    {mmc_wait_quantile, {3.2, 1, 4, .95}, "3.098678778"},
    {erlang_b, {7, 10}, "0.07874088297"},
    {erlang_carried, {7, 10}, "6.448813819"},
    {mm1k_lost, {.9, 1, 10}, "0.05081373133"},
    {mm1k_number, {.9, 1, 10}, "3.969440599"},
    {mg1_wait, {.8, 1, 0}, "2"},
    {mg1_response, {.8, 1, 0}, "3"},
    {mg1_number, {.8, 1, 0}, "2.4"},
    {md1_number_is, {.8, 0}, "0.2"},
    {md1_number_is, {.8, 1}, "0.2451081857"},
    {md1_number_is, {.8, 2}, "0.1894117506"},
    {md1_number_is, {.8, 3}, "0.1275795834"},
    {md1_wait_within, {.8, 1}, "0.4451081857"},
    {md1_wait_within, {.8, 2}, "0.6345199363"},
    {md1_wait_within, {.8, 5}, "0.8995027618"},
    {md1_wait_quantile, {.8, .95}, "6.620324997"},
    {mg1_response, {.7, 1, 0}, "2.166666667"},
    {mg1_wait, {.7, 1, 1}, "2.333333333"},
    {mg1_wait, {.7, 1, 0}, "1.166666667"},
    {mg1_wait, {.7, 1, .5}, "1.75"},
    {mg1_wait, {.7, 1, 4}, "5.833333333"},
    {mg1_response, {.7, 1, 4}, "6.833333333"},
    {mg1_number, {.7, 1, 4}, "4.783333333"},
    {mg1_wait_pareto, {.7, 1, 4.5}, "1.27037037"},
    {mg1_wait_pareto, {.7, 1, 2.5}, "2.1"},
    {mg1_wait_pareto, {.7, 1, 2.2}, "3.818181818"},
    /* Geometric batches of mean 2 have E[X^2] = 6, batches of three 9: a ratio of 3 for both. */
    {mxm1_number, {.5, 3}, "2"},
    {cobham_wait, {.3, .5, .4, 1.25, 0}, "0.8235294118"},
    {cobham_wait, {.3, .5, .4, 1.25, 1}, "2.352941176"},
    {preemptive_response, {.3, .5, .4, 1.25, 0}, "0.5882352941"},
    {preemptive_response, {.3, .5, .4, 1.25, 1}, "3.823529412"},
    {conserved_wait, {.3, .5, .4, 1.25}, "1.3"},
    {cmu_cost, {.4, 1.25, 3, .3, .5, 1}, "4.5"},
    {cmu_cost, {.3, .5, 1, .4, 1.25, 3}, "4.764705882"},
    {ps_response, {.7}, "3.333333333"},
    {srpt_response, {.5}, "1.425372664"},
    {srpt_response, {.7}, "1.87456669"},
    {srpt_response, {.8}, "2.35277327"},
    {srpt_response, {.9}, "3.5521251"},
    {mm1_response, {.7, 1}, "3.333333333"},
    {poisson_mean, {10}, "10"},
    {poisson_is, {10, 0}, "0.00004539992976"},
    {poisson_within, {10, 10}, "0.5830397502"},
    {mminf_number_at, {5, 2, 2}, "6.321205588"},
    {exponential_quantile, {2, .95}, "5.991464547"},
    {slow_server_number, {.5, 1, .2, 1}, "1.06403941"},
    {slow_server_number, {.5, 1, .2, 2}, "0.94029161"},
    {slow_server_number, {.5, 1, .2, 3}, "0.92398608"},
    {slow_server_number, {.5, 1, .2, 4}, "0.93936732"},
    {slow_server_number, {.5, 1, .2, 5}, "0.95844612"},
    {slow_server_number, {.5, 1, .2, 6}, "0.97359659"},
    {slow_server_number, {.5, 1, .2, 7}, "0.98397496"},
    {slow_server_number, {.5, 1, .2, 8}, "0.99057113"},
    {slow_server_number, {.8, 1, .2, 1}, "2.51162791"},
    {slow_server_number, {.8, 1, .2, 2}, "2.40399002"},
    {slow_server_number, {.8, 1, .2, 3}, "2.42843296"},
    {slow_server_number, {.8, 1, .2, 4}, "2.52471814"},
    {slow_server_number, {.8, 1, .2, 5}, "2.65264340"},
    {slow_server_number, {.8, 1, .2, 6}, "2.79061772"},
    {slow_server_number, {.8, 1, .2, 7}, "2.92744764"},
    {slow_server_number, {.8, 1, .2, 8}, "3.05736164"},
    {power_of_d_response, {.7, 2}, "1.61445377"},
    {power_of_d_response, {.7, 3}, "1.356842197"},
    {power_of_d_response, {.9, 2}, "2.614057377"},
    {power_of_d_response, {.9, 3}, "2.027855969"},
    {power_of_d_response, {.99, 2}, "5.431996579"},
    {power_of_d_response, {.9, 1}, "10"},
    {jsq_number, {2, 1.6}, "4.729178588"},
    {jsq_response, {2, 1.6}, "2.955736618"},
    {jsq_number, {2, 1.8}, "9.854843078"},
    {jsq_response, {2, 1.8}, "5.474912821"},
    /* Long queues beside short ones are cut off: good to seven digits. */
    {jsq_number, {3, 2.7}, "10.75254"},
    {jsq_response, {3, 2.7}, "3.98242"},
    {round_robin_response, {1.6}, "3.843979767"},
    {repair_down, {5, .2, 1, 1}, "1.424339107"},
    {repair_time, {5, .2, 1, 1}, "1.991714468"},
    {repair_rate, {5, .2, 1, 1}, "0.7151321787"},
    {repair_idle, {5, .2, 1, 1}, "0.2848678213"},
    {repair_down, {5, .2, 1, 2}, "0.89066918"},
    {repair_time, {5, .2, 1, 2}, "1.083715596"},
    {repair_rate, {5, .2, 1, 2}, "0.821866164"},
    {repair_idle, {5, .2, 1, 2}, "0.3927112787"},
    {mm1_number, {1, 2}, "1"},
    {mm1_number, {1, 1.5}, "2"},
    {tandem_response, {1, 2, 1.5}, "3"},
    {feedback_number_a, {1, 3, 2, .5}, "2"},
    {feedback_number_b, {1, 3, 2, .5}, "1"},
    {feedback_response, {1, 3, 2, .5}, "3"},
    /* 3/7 at server 1 and 1/4 or 3/7 at server 2 by hand; the others by iterating the uniformised
     * chain. */
    {crisscross_first, {.3, 2, 1.5}, "0.6785714286"},
    {crisscross_first, {.3, 2, 1}, "0.8571428571"},
    {crisscross_first, {.6, 2, 1.5}, "2.166666667"},
    {crisscross_third, {.3, 2, 1.5}, "0.683503"},
    {crisscross_third, {.3, 2, 1}, "0.8650801"},
    {crisscross_max_weight, {.3, 2, 1.5}, "0.678044"},
    {crisscross_max_weight, {.3, 2, 1}, "0.856369"},
    {crisscross_feed, {.3, 2, 1.5}, "0.670631"},
    {crisscross_feed, {.3, 2, 1}, "0.843244"},
    {nmodel_max_weight, {.38, 1.235, .5, 3}, "48.43"},
    {availability, {1000, 50}, "0.9523809524"},
    {availability_at, {1000, 50, 100}, "0.9582122109"},
    {availability_until, {1000, 50, 100}, "0.9722798996"},
    {k_of_n_available, {1000, 50, 3, 4}, "0.9872429698"},
    {split_response, {1, 2, 3, 10}, "0.7163128427"},
    {mg1_breaks_wait, {.5, 1, .05, 5}, "3.75"},
    {mg1_breaks_number, {.5, 1, .05, 5}, "2.5"},
    {naor_gain, {.9, 1, 5}, "1.894736842"},
    {naor_gain, {.9, 2, 5}, "2.225092251"},
    {naor_gain, {.9, 3, 5}, "2.177377145"},
    {naor_gain, {.9, 4, 5}, "1.988742644"},
    {naor_gain, {.9, 5, 5}, "1.738116224"},
    {naor_gain, {.9, 6, 5}, "1.459193744"},
};
enum { N_FIGURES = sizeof figures / sizeof *figures };

/* Half a unit of the last digit, and what printing cuts. */
static double rounding_of(const char *digits)
{
    const char *point = strchr(digits, '.');
    return (point ? pow(10, -(double)strlen(point + 1)) : 1e-9) * 0.51;
}

START_TEST(formulas_give_the_figures_that_others_have_printed)
{
    for (int i = 0; i < N_FIGURES; i++) {
        const figure *f = &figures[i];
        double value = f->formula(f->p), printed = strtod(f->digits, NULL);
        ck_assert_msg(fabs(value - printed) <= rounding_of(f->digits), "%.12g is not %s", value,
                      f->digits);
    }
}
END_TEST

static bool has_figure(const theory_answer *a)
{
    for (int i = 0; i < N_FIGURES; i++)
        if (figures[i].formula == a->formula && memcmp(figures[i].p, a->p, sizeof a->p) == 0)
            return true;
    return false;
}

START_TEST(every_answer_by_a_formula_has_a_second_source)
{
    const theory_case *all;
    const int n = theory_cases(&all);
    ck_assert_int_ge(n, 80);
    for (int i = 0; i < n; i++)
        for (int k = 0; k < theory_answers(&all[i]); k++)
            if (all[i].answer[k].formula != given && !has_figure(&all[i].answer[k]))
                ck_abort_msg("%s, %s: no printed figure", all[i].id, all[i].answer[k].quantity);
}
END_TEST

/* ---- simulation -------------------------------------------------------------------------- */

enum { REPLICATIONS = 5 };

/* Under a sanitizer everything runs, but chance is not judged: that takes minutes and tells nothing
 * that other builds do not tell. */
static void check_case(const theory_case *c)
{
    double value[REPLICATIONS][THEORY_ANSWERS], x[REPLICATIONS];
    poise_error err = {0};
    const int n = c->replications == 1 || INSTRUMENTED ? 1 : REPLICATIONS;
    poise_scenario *s = theory_load(c, POISE_SOURCE_DIR, &err);
    ck_assert_msg(s != NULL, "%s", err.text);
    for (int r = 0; r < n; r++)
        ck_assert_msg(theory_simulate(c, s, 1, r, value[r], &err), "%s", err.text);
    for (int i = 0; i < theory_answers(c); i++) {
        if (INSTRUMENTED && c->replications != 1) {
            ck_assert_msg(isfinite(value[0][i]), "%s, %s", c->id, c->answer[i].quantity);
            continue;
        }
        for (int r = 0; r < n; r++)
            x[r] = value[r][i];
        theory_verdict v = theory_judge(c, i, x, n);
        if (!v.good)
            ck_abort_msg("%s, %s: %.9g is known, %.9g simulated (%.6g .. %.6g, z %.2f)", c->id,
                         c->answer[i].quantity, v.exact, v.simulated.mean, v.simulated.low,
                         v.simulated.high, v.z);
    }
    poise_scenario_free(s);
}

START_TEST(what_is_known_exactly_comes_out_of_the_simulator)
{
    const theory_case *all;
    const int n = theory_cases(&all);
    for (int i = 0; i < n; i++)
        check_case(&all[i]);
}
END_TEST

/* ---- verdicts ---------------------------------------------------------------------------- */

static const theory_case chance = {.id = "chance",
                                   .replications = 4,
                                   .answer = {{"wait_mean_s", 0, given, {10}, .2, 0},
                                              {"wait_mean_s", 0, given, {10}, .02, 0},
                                              {"wait_mean_s", 0, given, {10}, 0, 0},
                                              {"wait_mean_s", 0, given, {10}, .2, .1}}};

START_TEST(a_mean_far_from_the_answer_is_found_out)
{
    /* Standard deviation 1.633, error .8165, t of 3 degrees of freedom: 1.960 at .5731 normal
     * tails on each side for 10.4 and so on; at 20 the mean is 12 errors off. */
    const double near[] = {8.4, 10.4, 10.4, 12.4}, far[] = {19.99, 20, 20, 20.01};
    ck_assert(theory_judge(&chance, 0, near, 4).good == false);  // half-width 2.6 of 10
    const double tight[] = {9.4, 10.4, 10.4, 11.4};              // half-width 1.3
    theory_verdict v = theory_judge(&chance, 0, tight, 4);
    ck_assert(v.good);
    /* t = .4 / (.8165 / 2) = .9798; P(T > t) = .1997 with 3 degrees of freedom, as .8427 normal. */
    ck_assert_double_eq_tol(v.z, 0.8427, 5e-4);
    ck_assert(!theory_judge(&chance, 0, far, 4).good);
    ck_assert(!theory_judge(&chance, 1, tight, 4).good);
}
END_TEST

START_TEST(without_chance_only_the_very_answer_is_good)
{
    const double equal[] = {10, 10}, off[] = {10, 10.000000001};
    ck_assert(theory_judge(&chance, 2, equal, 2).good);
    ck_assert(!theory_judge(&chance, 2, off, 2).good);
    ck_assert(!theory_judge(&chance, 2, (const double[]){NAN}, 1).good);
}
END_TEST

START_TEST(a_system_may_lie_off_by_what_it_is_allowed)
{
    /* 10.9 lies within 10%, 11.5 does not. */
    const double within[] = {10.89, 10.9, 10.9, 10.91}, beyond[] = {11.49, 11.5, 11.5, 11.51};
    ck_assert(theory_judge(&chance, 3, within, 4).good);
    ck_assert(!theory_judge(&chance, 3, beyond, 4).good);
    ck_assert(!theory_judge(&chance, 3, (const double[]){NAN, 1, 1, 1}, 4).good);
}
END_TEST

int main(void)
{
    return RUN_TESTS(
        "theory", formulas_give_the_figures_that_others_have_printed,
        every_answer_by_a_formula_has_a_second_source, a_mean_far_from_the_answer_is_found_out,
        without_chance_only_the_very_answer_is_good, a_system_may_lie_off_by_what_it_is_allowed,
        what_is_known_exactly_comes_out_of_the_simulator);
}
