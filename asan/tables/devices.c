/* Written by the build from the file names. */
#include "device.h"
extern const device_law device_cores;
extern const device_law device_fifo;
const device_law *const device_laws[] = {
    &device_cores,
    &device_fifo,
    0,
};
