#ifndef CFUZZER_H
#define CFUZZER_H

#include <stddef.h>
#include <stdint.h>

/* libFuzzer's loop, from clang's run-time library; it gives inputs to `test` until its options say
   that it is enough. */
int LLVMFuzzerRunDriver(int *argument_count, char ***arguments,
                        int (*test)(const uint8_t *bytes, size_t count));

#endif
