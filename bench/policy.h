/* policy.h - a learner's parameters as bytes in the safetensors format: 8 bytes of header length,
 * a JSON header with names, types and shapes, then the data. Readable from Python and back.
 *
 * The header's __metadata__ says what the policy is: agent, scenario, training. */
#ifndef POLICY_H
#define POLICY_H

#include "agent.h"
#include "poise.h"

/* Room for the specification of an agent with every option. */
#define POLICY_SPEC_MAX 2048

/* What a policy file says about itself. */
typedef struct policy_about {
    char agent[POLICY_SPEC_MAX];  // with every option
    char scenario[128];           // name
    uint64_t scenario_hash;
    int64_t decisions, train_seed;
    char version[32];  // of the program that wrote it
    /* Of a training that rests (checkpoint.h); 0 and "" in a policy. */
    int64_t budget, log_rows;  // decisions it is for; lines of its log
    char log_keys[16384];      // separated by blanks
} policy_about;

/* The bytes of a policy in one block that the caller frees; NULL if memory ran out. */
void *policy_pack(const poise_agent *a, const policy_about *about, size_t *n_bytes);
/* Reads what the bytes say about themselves. name is for the sentence in err. */
bool policy_about_read(const void *bytes, size_t n_bytes, const char *name, policy_about *about,
                       poise_error *err);
/* Copies the parameters into the agent; false with a sentence in err if a name or a shape differs,
 * a number is not finite, or the bytes are damaged: then the agent is unchanged. */
bool policy_apply(const void *bytes, size_t n_bytes, const char *name, poise_agent *a,
                  poise_error *err);

/* The same for all members of a team that learn, whose tensors are named TENANT.NAME. A member with
 * an agent of its own that learns needs them, too. */
bool policy_apply_team(const void *bytes, size_t n_bytes, const char *name, poise_team *t,
                       const poise_space *space, poise_error *err);

/* The same for any tensors: t (n) are packed, and filled. `who` needs them, for the sentence. */
void *policy_pack_tensors(const poise_tensor *t, int n, const policy_about *about, size_t *n_bytes);
bool policy_read_tensors(const void *bytes, size_t n_bytes, const char *name, const char *who,
                         const poise_tensor *t, int n, poise_error *err);
/* Puts the tenant's name before that of its tensor. */
void policy_name_of_tenant(poise_tensor *t, const char *tenant);
/* Bytes of a tensor's data. */
size_t policy_tensor_bytes(const poise_tensor *t);

/* Whether two policies are the same, the version of the program that wrote them aside; else what
 * differs is said in `what` (size bytes): "tensor policy.0.weight differs in number 17". */
bool policy_is_same(const void *a, size_t n_a, const void *b, size_t n_b, char *what, size_t size);

/* Writes a file through a temporary name beside it and rename, so it is never half-written. */
bool policy_write(const char *path, const void *bytes, size_t n_bytes, poise_error *err);
/* Reads a whole file; the caller frees it. NULL with a sentence in err. */
void *policy_read(const char *path, size_t *n_bytes, poise_error *err);

#endif
