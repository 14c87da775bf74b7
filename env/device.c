/* device.c - finding a device law by its name. */
#include "device.h"

#include <string.h>

const device_law *device_law_find(const char *name)
{
    for (const device_law *const *l = device_laws; *l; l++)
        if (strcmp((*l)->name, name) == 0)
            return *l;
    return NULL;
}
