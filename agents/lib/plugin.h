/* plugin.h - agents out of shared objects: what stands in the file is looked at before anything of
 * it is called. Nothing here protects the process from what a plug-in does; whoever cannot vouch
 * for it opens it in a process of its own. */
#ifndef POISE_PLUGIN_H
#define POISE_PLUGIN_H

#include "agent.h"

/* Bytes of the path that a specification begins with, as ./mine.so:option=value does: up to the
 * first ".so" that ends it or that a colon follows, else up to the first colon. 0 if it names no
 * file: then it has no slash before the first colon, and no such ".so". */
size_t plugin_path_length(const char *spec);

/* An opened shared object. */
typedef struct plugin {
    void *library;  // for plugin_close
    const poise_agent_type *type;
    uint64_t build;  // xxHash64 of the file
} plugin;

/* Opens the file and checks its table. false with a sentence in err: it is not there, no shared
 * object, has no table, one of another version, or a wrong one. */
bool plugin_open(const char *path, plugin *p, poise_error *err);
void plugin_close(void *library);  // NULL is fine

/* xxHash64 of a regular file's bytes; false with errno set. */
bool plugin_hash_file(const char *path, uint64_t *hash);

#endif
