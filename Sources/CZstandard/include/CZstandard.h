#ifndef REGISTRY_CZSTANDARD_H
#define REGISTRY_CZSTANDARD_H

// Contexts, their parameters, and calls on whole buffers: the part of zstd's interface that is stable.
#include <zstd.h>

#endif
