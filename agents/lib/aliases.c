/* aliases.c - what papers and other programs call agents of this tree. Results go by the agent's
 * own name. */
#include "agent.h"

const poise_agent_alias poise_agent_aliases[] = {
    {"back_pressure", "max_pressure"},
    {"dominant_resource_fairness", "dominant_share"},
    {"drf", "dominant_share"},
    {"edd", "earliest_due_date"},
    {"edf", "earliest_deadline"},
    {"fcfs", "fifo"},
    {"fgd", "fragmentation_gradient"},
    {"gavel", "max_min_lp"},
    {"hrrn", "highest_response_ratio"},
    {"join_shortest_queue", "least_loaded"},
    {"jsq", "least_loaded"},
    {"las", "least_attained"},
    {"lcfs", "lifo"},
    {"llf", "least_laxity"},
    {"lpt", "longest"},
    {"naor", "admission"},
    {"processor_sharing", "equal_share"},
    {"sjf", "shortest"},
    {"spt", "shortest"},
    {"srpt", "shortest_remaining"},
    {"water_filling", "max_min"},
    {"wspt", "weighted_shortest"},
    {0},
};
