#ifndef REGISTRY_CONEDNN_H
#define REGISTRY_CONEDNN_H
#include <oneapi/dnnl/dnnl.h>
#endif
