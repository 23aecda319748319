#define _GNU_SOURCE
#include "CLinux.h"

#include <unistd.h>

int clinux_syncfs(int descriptor) { return syncfs(descriptor); }

int clinux_close_from(posix_spawn_file_actions_t *actions, int descriptor) {
  return posix_spawn_file_actions_addclosefrom_np(actions, descriptor);
}
