"""The numeric profiles: which environment a numeric process runs under.

The last bits of LibTorch's results depend on the device, on the number of
threads, on the instruction sets that its kernels may use and on the BLAS core.
A profile fixes them, and every record names the profile that it was made under.
This table is the only place that defines them: the rules give its environment
to the actions, and a program that is started by hand restarts itself in it
(nas/base/numeric_profile.h).
"""

load("@host//:config.bzl", "OPENBLAS_CORE")

_ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}

NUMERIC_PROFILES = {
    # The default: the same kernels on every x86-64 machine with AVX2. The
    # OpenBLAS core is never left open: some older builds compute wrong
    # results on some newer processors. It is Haswell but for builds in which
    # that crashes (third_party/host.bzl).
    "portable": dict(_ONE_THREAD.items() + {
        "ATEN_CPU_CAPABILITY": "avx2",
        "DNNL_MAX_CPU_ISA": "AVX2",
        "ONEDNN_MAX_CPU_ISA": "AVX2",
        "OPENBLAS_CORETYPE": OPENBLAS_CORE,
    }.items()),
    # What the machine offers, one thread a process.
    "native": dict(_ONE_THREAD),
    # Profiles named cuda... are for CUDA devices and for nothing else.
    # Deterministic kernels in full float32.
    "cuda": dict(_ONE_THREAD.items() + {
        "CUBLAS_WORKSPACE_CONFIG": ":4096:8",
        "NVIDIA_TF32_OVERRIDE": "0",
        "OPENBLAS_CORETYPE": OPENBLAS_CORE,
    }.items()),
    # Tensor cores in TF32, and of the kernels those that ran fastest.
    "cuda_fast": dict(_ONE_THREAD.items() + {
        "OPENBLAS_CORETYPE": OPENBLAS_CORE,
        "ROBBENCH_FAST_KERNELS": "1",
    }.items()),
}

def numeric_device(profile):
    """The value of --device for the programs under a profile."""
    return "cuda" if profile.startswith("cuda") else "cpu"

def numeric_profile_settings():
    """The table as C++ for nas/base/numeric_profile.cc."""
    return [
        "struct NumericSetting {",
        "  const char* profile;",
        "  const char* variable;",
        "  const char* value;",
        "};",
        "inline constexpr NumericSetting kNumericSettings[] = {",
    ] + [
        '    {"%s", "%s", "%s"},' % (name, variable, environment[variable])
        for name, environment in NUMERIC_PROFILES.items()
        for variable in sorted(environment)
    ] + ["};"]
