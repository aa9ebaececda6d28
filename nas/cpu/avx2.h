// Marks for functions that are compiled for AVX2 and FMA, while the rest of the
// program runs on every x86-64 processor. Callers ask CpuKernelsAvailable()
// (cpu_kernels.h) at run time; on another processor the program would die of an
// illegal instruction.
#ifndef NAS_CPU_AVX2_H_
#define NAS_CPU_AVX2_H_

#define ROBBENCH_AVX2 __attribute__((target("avx2,fma")))
#define ROBBENCH_AVX2_INLINE \
  __attribute__((target("avx2,fma"), always_inline)) inline

#endif  // NAS_CPU_AVX2_H_
