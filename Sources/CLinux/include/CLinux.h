#ifndef REGISTRY_CLINUX_H
#define REGISTRY_CLINUX_H

#include <spawn.h>

/// syncfs(2), which the C library declares only where _GNU_SOURCE is defined.
int clinux_syncfs(int descriptor);

/// posix_spawn_file_actions_addclosefrom_np(3), of which the same is true.
int clinux_close_from(posix_spawn_file_actions_t *actions, int descriptor);

#endif
