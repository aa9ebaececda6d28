// bazel run //ntk/gradients:kernel_benchmark
// bazel run --config=cuda //ntk/gradients:kernel_benchmark -- --device=cuda
//
// Kernels of the paper's skeleton (C = 16, N = 5, CIFAR-10 sized images) at
// initialisation, without the attack: what an image costs. One thread, numeric
// profile "portable". compare_with_pytorch.py runs the same in PyTorch:
// against one backward pass an image through the batch's graph (TE-NAS's way)
// 64 images took 35 to 36 times (cell 2581) and 39 times (1000) less processor
// time, PyTorch 2.15 on AVX-512 against this on AVX2, both cores busy; against
// one forward and backward pass of each image alone 2.5 to 2.8 times less.
//
// The gradients go an image at a time through the whole network by the kernels
// of nas/cpu/cpu_kernels.h; LibTorch's operations on chunks of the batch
// (sample_gradients.h, still used in float64 and on CUDA) had come to 19 to 20
// times less than PyTorch. Tried: huge pages for the gradients, 15 % less time
// in a loop, more in a process that scores one cell.
#include <ATen/ATen.h>
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "benchmark/benchmark.h"
#include "nas/cell.h"
#include "nas/network/device.h"
#include "nas/network/network.h"
#include "nas/network/normalizer.h"
#include "nas/network_plan.h"
#include "ntk/gradients/gradient_kernel.h"

ABSL_FLAG(std::string, device, "cpu", "cpu, cuda or cuda:N");

namespace robbench {
namespace {

NumericDevice& TheDevice() {
  static NumericDevice& device = *new NumericDevice;
  return device;
}

// Arguments: official index, images. `sets` 1: the clean kernel; 2: clean,
// cross and robust.
void RunKernels(benchmark::State& state, int sets) {
  const NetworkPlan plan =
      *MakeNetworkPlan(*Cell::FromIndex(static_cast<int>(state.range(0))), {});
  const Normalizer normalizer{{125.3, 123.0, 113.9}, {63.0, 62.1, 66.7}};
  const at::Device device(TheDevice().name);
  const std::vector<at::Tensor> weights =
      ToDevice(InitialState(plan, 0), device);
  const int64_t count = state.range(1);
  std::vector<ImageSet> images;
  std::vector<KernelPair> pairs;
  for (int a = 0; a < sets; ++a) {
    images.push_back({"set", at::rand({count, 3, 32, 32}).to(device)});
    for (int b = a; b < sets; ++b) pairs.emplace_back(a, b);
  }
  const at::Tensor labels = at::zeros({count}, at::kLong).to(device);
  for (auto _ : state) {
    const auto kernels =
        GradientKernels(plan, normalizer, weights, images, labels, pairs);
    if (!kernels.ok()) {
      state.SkipWithError("the kernels failed");
      break;
    }
    // Reading a number waits until the device is done.
    benchmark::DoNotOptimize(kernels->back()[0][0].item<double>());
  }
  state.SetItemsProcessed(state.iterations() * count * sets);
  state.counters["kernels/s"] =
      benchmark::Counter(static_cast<double>(pairs.size()),
                         benchmark::Counter::kIsIterationInvariantRate);
}

void BM_AllKernels(benchmark::State& state) { RunKernels(state, 2); }
BENCHMARK(BM_AllKernels)
    ->ArgNames({"cell", "images"})
    ->ArgsProduct({{2581, 1000}, {32}})
    ->Unit(benchmark::kMillisecond);

void BM_CleanKernel(benchmark::State& state) { RunKernels(state, 1); }
BENCHMARK(BM_CleanKernel)
    ->ArgNames({"cell", "images"})
    ->ArgsProduct({{2581, 1000}, {64}})
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace robbench

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (absl::ParseCommandLine(argc, argv).size() > 1) return 2;
  auto device = robbench::EnterDevice(absl::GetFlag(FLAGS_device), "");
  if (!device.ok()) {
    std::cerr << device.status().message() << "\n";
    return 1;
  }
  robbench::TheDevice() = *std::move(device);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
