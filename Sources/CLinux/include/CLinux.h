#ifndef REGISTRY_CLINUX_H
#define REGISTRY_CLINUX_H

/// syncfs(2), which the C library declares only where _GNU_SOURCE is defined.
int clinux_syncfs(int descriptor);

#endif
