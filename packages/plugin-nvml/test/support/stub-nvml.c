/*
 * A library with the binary interface of NVML, for machines without a GPU. It answers what the file named by
 * STUB_NVML_STATE says, one "key value" per line, read anew for each call.
 *
 * Compiled with -DNVML_HEADER="path/to/nvml.h", every signature and structure is checked against NVIDIA's header.
 */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef NVML_HEADER
#define NVML_NO_UNVERSIONED_FUNC_DEFS
#include NVML_HEADER
#else
typedef int nvmlReturn_t;
typedef int nvmlPcieUtilCounter_t;
typedef int nvmlClockType_t;
typedef int nvmlTemperatureSensors_t;
typedef unsigned int nvmlDeviceArchitecture_t;
typedef struct nvmlDevice_st *nvmlDevice_t;
typedef struct { unsigned int gpu, memory; } nvmlUtilization_t;
typedef struct { unsigned long long total, free, used; } nvmlMemory_t;
typedef struct { unsigned int version; unsigned long long total, reserved, free, used; } nvmlMemory_v2_t;
typedef struct {
  unsigned int pid;
  unsigned long long usedGpuMemory;
  unsigned int gpuInstanceId, computeInstanceId;
} nvmlProcessInfo_t;
typedef union { double dVal; unsigned int uiVal; unsigned long long ullVal; } nvmlValue_t;
typedef struct {
  unsigned int fieldId, scopeId;
  long long timestamp, latencyUsec;
  int valueType;
  nvmlReturn_t nvmlReturn;
  nvmlValue_t value;
} nvmlFieldValue_t;
#endif

_Static_assert(sizeof(nvmlUtilization_t) == 8, "nvmlUtilization_t");
_Static_assert(sizeof(nvmlMemory_t) == 24, "nvmlMemory_t");
_Static_assert(offsetof(nvmlMemory_t, used) == 16, "nvmlMemory_t.used");
_Static_assert(sizeof(nvmlMemory_v2_t) == 40, "nvmlMemory_v2_t");
_Static_assert(offsetof(nvmlMemory_v2_t, used) == 32, "nvmlMemory_v2_t.used");
_Static_assert(sizeof(nvmlProcessInfo_t) == 24, "nvmlProcessInfo_t");
_Static_assert(offsetof(nvmlProcessInfo_t, usedGpuMemory) == 8, "nvmlProcessInfo_t.usedGpuMemory");
_Static_assert(sizeof(nvmlFieldValue_t) == 40, "nvmlFieldValue_t");
_Static_assert(offsetof(nvmlFieldValue_t, valueType) == 24, "nvmlFieldValue_t.valueType");
_Static_assert(offsetof(nvmlFieldValue_t, nvmlReturn) == 28, "nvmlFieldValue_t.nvmlReturn");
_Static_assert(offsetof(nvmlFieldValue_t, value) == 32, "nvmlFieldValue_t.value");

static double state(const char *key, double otherwise) {
  const char *path = getenv("STUB_NVML_STATE");
  FILE *file = path ? fopen(path, "r") : NULL;
  char name[64];
  double value, found = otherwise;
  if (!file) return otherwise;
  while (fscanf(file, "%63s %lf", name, &value) == 2)
    if (!strcmp(name, key)) found = value;
  fclose(file);
  return found;
}

/* "power" of a device is its own "power@1" where there is one. */
static double of(nvmlDevice_t device, const char *key, double otherwise) {
  char own[64];
  snprintf(own, sizeof own, "%s@%d", key, (int)(size_t)device - 1000);
  return state(own, state(key, otherwise));
}

static nvmlReturn_t whether(nvmlDevice_t device, const char *key) {
  if (state("crash", 0)) abort();
  if (state("hang", 0)) sleep(600);
  if ((size_t)device < 1000 || (size_t)device > 3000) return 2;
  if (of(device, "lost", 0)) return 15;
  char code[64];
  snprintf(code, sizeof code, "code.%s", key);
  return (int)of(device, code, 0);
}

#define NUMBER(function, key, type)                                  \
  nvmlReturn_t function(nvmlDevice_t device, type *value) {          \
    nvmlReturn_t code = whether(device, key);                        \
    if (!code) *value = (type)of(device, key, 0);                    \
    return code;                                                     \
  }

nvmlReturn_t nvmlInit_v2(void) { return (int)state("code.init", 0); }
nvmlReturn_t nvmlShutdown(void) { return 0; }
nvmlReturn_t nvmlSystemGetDriverVersion(char *version, unsigned int length) {
  snprintf(version, length, "580.65.06");
  return 0;
}
nvmlReturn_t nvmlDeviceGetCount_v2(unsigned int *count) {
  *count = (unsigned int)state("gpus", 1);
  return 0;
}
nvmlReturn_t nvmlDeviceGetHandleByIndex_v2(unsigned int index, nvmlDevice_t *device) {
  *device = (nvmlDevice_t)(size_t)(1000 + index);
  return (int)of(*device, "code.handle", 0);
}
nvmlReturn_t nvmlDeviceGetName(nvmlDevice_t device, char *name, unsigned int length) {
  snprintf(name, length, "%s", of(device, "architecture", 0) == 6 ? "Tesla T4" : "NVIDIA H100 80GB HBM3");
  return whether(device, "name");
}
nvmlReturn_t nvmlDeviceGetUUID(nvmlDevice_t device, char *uuid, unsigned int length) {
  snprintf(uuid, length, "GPU-%08x-aaaa-bbbb-cccc-0123456789ab", (unsigned)(size_t)device);
  return 0;
}
NUMBER(nvmlDeviceGetArchitecture, "architecture", nvmlDeviceArchitecture_t)
NUMBER(nvmlDeviceGetPowerUsage, "power", unsigned int)
NUMBER(nvmlDeviceGetEnforcedPowerLimit, "limit", unsigned int)
NUMBER(nvmlDeviceGetTotalEnergyConsumption, "energy", unsigned long long)
NUMBER(nvmlDeviceGetCurrentClocksEventReasons, "throttle", unsigned long long)
NUMBER(nvmlDeviceGetMaxMigDeviceCount, "slices", unsigned int)

nvmlReturn_t nvmlDeviceGetFieldValues(nvmlDevice_t device, int count, nvmlFieldValue_t *values) {
  nvmlReturn_t code = whether(device, "fields");
  for (int index = 0; !code && index < count; index++) {
    char key[64];
    nvmlFieldValue_t *value = &values[index];
    snprintf(key, sizeof key, "field.%u", value->fieldId);
    double found = of(device, key, -1);
    value->nvmlReturn = found < 0 ? 3 : 0;
    /* Power and temperature are unsigned int, counters unsigned long long. */
    value->valueType = value->fieldId >= 197 ? 3 : 1;
    if (found < 0) continue;
    if (value->valueType == 3) value->value.ullVal = (unsigned long long)found;
    else value->value.uiVal = (unsigned int)found;
  }
  return code;
}
nvmlReturn_t nvmlDeviceGetUtilizationRates(nvmlDevice_t device, nvmlUtilization_t *utilization) {
  nvmlReturn_t code = whether(device, "utilization");
  utilization->gpu = (unsigned int)of(device, "utilization", 0);
  utilization->memory = (unsigned int)of(device, "busy", 0);
  return code;
}
nvmlReturn_t nvmlDeviceGetMemoryInfo(nvmlDevice_t device, nvmlMemory_t *memory) {
  memory->total = 80ull << 30;
  memory->used = (unsigned long long)of(device, "memory", 0) + (500ull << 20);
  memory->free = memory->total - memory->used;
  return whether(device, "memory");
}
nvmlReturn_t nvmlDeviceGetMemoryInfo_v2(nvmlDevice_t device, nvmlMemory_v2_t *memory) {
  if (memory->version != (sizeof(nvmlMemory_v2_t) | (2u << 24))) return 25;
  memory->total = 80ull << 30;
  memory->reserved = 500ull << 20;
  memory->used = (unsigned long long)of(device, "memory", 0);
  memory->free = memory->total - memory->reserved - memory->used;
  return whether(device, "memory_v2");
}
nvmlReturn_t nvmlDeviceGetClockInfo(nvmlDevice_t device, nvmlClockType_t type, unsigned int *clock) {
  *clock = (unsigned int)of(device, type == 1 ? "sm" : type == 2 ? "mem" : "other", 0);
  return whether(device, "clock");
}
nvmlReturn_t nvmlDeviceGetTemperature(nvmlDevice_t device, nvmlTemperatureSensors_t sensor, unsigned int *celsius) {
  *celsius = sensor == 0 ? (unsigned int)of(device, "temperature", 0) : 0;
  return whether(device, "temperature");
}
nvmlReturn_t nvmlDeviceGetPcieThroughput(nvmlDevice_t device, nvmlPcieUtilCounter_t counter, unsigned int *value) {
  *value = (unsigned int)of(device, counter == 0 ? "sent" : "received", 0);
  return whether(device, "pcie");
}
nvmlReturn_t nvmlDeviceGetComputeRunningProcesses_v3(nvmlDevice_t device, unsigned int *count, nvmlProcessInfo_t *infos) {
  unsigned int there = (unsigned int)of(device, "processes", 0);
  unsigned int room = *count;
  *count = there;
  if (there > room) return 7;
  for (unsigned int index = 0; index < there; index++) {
    infos[index].pid = index == 0 ? (unsigned int)of(device, "pid", 1) : 1;
    infos[index].usedGpuMemory = 1ull << 30;
    infos[index].gpuInstanceId = infos[index].computeInstanceId = 0xffffffff;
  }
  return whether(device, "processes");
}
nvmlReturn_t nvmlDeviceGetMigMode(nvmlDevice_t device, unsigned int *current, unsigned int *pending) {
  *current = *pending = (unsigned int)of(device, "mig", 0);
  return whether(device, "mig");
}
nvmlReturn_t nvmlDeviceGetMigDeviceHandleByIndex(nvmlDevice_t device, unsigned int index, nvmlDevice_t *slice) {
  if (index >= 2) return 6;
  *slice = (nvmlDevice_t)((size_t)device + 1000 + index);
  return whether(device, "slice");
}
