/* round_robin.c - the oldest task to the next device in turn, whatever it is. */
#include "lib/rule.h"

#include <assert.h>

typedef struct turn {
    int next;  // device whose turn it is, numbered over all groups
} turn;

static void begin(void *state, poise_mode mode, uint64_t seed)
{
    (void)mode, (void)seed;
    ((turn *)state)->next = 0;
}

/* How many turns until the group's next device is reached, of n_devices that begin at `first`. */
static int turns_until(const turn *t, int first, int count, int n_devices)
{
    assert(n_devices > 0);
    if (t->next >= first && t->next < first + count)
        return 0;
    return (first - t->next + n_devices) % n_devices;
}

static int choose(void *state, const poise_view *v)
{
    turn *t = state;
    const int *count = v->space->count;
    int n_devices = 0, best = 0, fewest = -1;
    for (int g = 0; g < v->n_groups; g++)
        n_devices += count[g];
    assert(n_devices > 0);
    int group = 0, first = 0, oldest = rule_oldest(v);
    if (oldest < 0)
        return rule_hold(v);
    for (int c = oldest; rule_same_task(v, c, oldest); c++) {
        for (; group < v->candidate[c].group; group++)
            first += count[group];
        int turns = turns_until(t, first, count[group], n_devices);
        if (fewest < 0 || turns < fewest) {
            fewest = turns;
            best = c;
        }
    }
    t->next = (t->next + fewest + 1) % n_devices;
    return best;
}

const poise_agent_type agent_round_robin = {
    .abi = POISE_AGENT_ABI,
    .name = "round_robin",
    .about = "the oldest task to the next device in turn that can take it",
    .size = sizeof(turn),
    .begin = begin,
    .choose = choose,
};
