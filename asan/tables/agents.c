/* Written by the build from the file names. */
#include "agent.h"
extern const poise_agent_type agent_fifo;
extern const poise_agent_type agent_least_loaded;
extern const poise_agent_type agent_priority;
extern const poise_agent_type agent_q_learning;
extern const poise_agent_type agent_random;
extern const poise_agent_type agent_reinforce;
extern const poise_agent_type agent_round_robin;
extern const poise_agent_type agent_shortest;
const poise_agent_type *const poise_agent_types[] = {
    &agent_fifo,
    &agent_least_loaded,
    &agent_priority,
    &agent_q_learning,
    &agent_random,
    &agent_reinforce,
    &agent_round_robin,
    &agent_shortest,
    0,
};
