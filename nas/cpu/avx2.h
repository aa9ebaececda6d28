// Functions so marked are compiled for AVX2 and FMA, the rest of the program
// for every x86-64: CpuKernelsAvailable() (cpu_kernels.h) decides at run time.
#ifndef NAS_CPU_AVX2_H_
#define NAS_CPU_AVX2_H_

#define ROBBENCH_AVX2 __attribute__((target("avx2,fma")))
#define ROBBENCH_AVX2_INLINE \
  __attribute__((target("avx2,fma"), always_inline)) inline

#endif  // NAS_CPU_AVX2_H_
