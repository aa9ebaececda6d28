// One step of PGD-7 adversarial training, images a second and share of the
// processor's fp32 peak (the rate of a 1024 x 1024 matrix product, measured in
// the same run; a step counts 17 forward passes: 7 x 2 in the attack and 3 for
// the update). The share counts the multiplications of the definition; on the
// CPU Winograd's are a quarter of them in most 3x3 convolutions, so that it may
// be more than 100 %.
//
//   bazel run //training:pgd_benchmark
//   bazel run --config=cuda //training:pgd_benchmark -- --device=cuda
//
// On CUDA the share is of what cuBLAS reaches under the same profile, time is
// that of the clock over two seconds of steps, and the steps are replays of a
// graph (captured_function.h) unless --nographs is given. Several of these
// programs run on one device side by side when they get the same --start_at:
// each cell has a turn of eight seconds then, in which all of them measure.
//
// compare_with_pytorch.py runs the same step in PyTorch and torchattacks.
// On an AMD EPYC (Zen 4), one thread, processor time, batch 64, against
// PyTorch 2.15 in channels-last layout, medians of five alternating runs, with
// much other load on the machine:
//   1835 (111111): 3.67 (3.58 to 3.81), 466 images a second;
//   1000 (132013): 2.59 (2.58 to 2.72), 60;
//   2581 (323133): 2.49 (2.39 to 2.53), 33.
// Against the network under torch.compile in the same way:
//   1835: 2.71 (2.65 to 2.79, three runs; eager beside it 3.71);
//   2581: 2.84 (2.80 to 2.87, five runs; eager beside it 2.40).
//
// What was tried, and what it gave (images a second of a whole step, share of
// the AVX2 peak; kernels alone of theirs):
//   - sums of skip connections composed (1024 x for five cells of 111111), and
//     a cell's sum in the place of its input; the stem's image gradient in
//     blocks of 4 pixels x 3 channels instead of a horizontal sum a float:
//     1835 188 to 282 (44 % to some 70 %), 45 (110021) 150 to 165;
//   - the training pass image by image between the batch's reductions, with
//     statistics by Chan's rule in one reading: 1835 282 to 324, 45 165 to
//     some 180;
//   - convolution blocks of 6 pixels x 16 channels where they were 4 x 16
//     (twelve sums for the latency of an addition): 3x3 93 to 98 % of peak,
//     1x1 69 to 89 %, stride 2 69 to 95 %, stem 62 to 86 %;
//   - weight gradients in blocks of 6 x 16 by bands of 64 pixels, that stay in
//     the first-level cache: 32 channels 69 to 96 %, stride 2 47 to 91 %; bands
//     of 128, 256 or all pixels gave less;
//   - Winograd (nas/cpu/winograd.h) for the 3x3 convolutions of stride 1 and
//     their input gradients: 2581 18.0 to 33.2, 1000 33.9 to 66.4, 1835 347 to
//     510,
//     45 203 to 253. The kernel alone, microseconds an image, direct, tiles of
//     2 and of 4: 16 channels at 32x32 41.5, 30.3, 20; 32 at 16x16 41.3, 23.2,
//     15; 64 at 8x8 44, 20.6, 13; 64 at 4x4 11, 5.5, 6.8 to 8. Rows of tiles in
//     parts, for the first-level cache, and blocks of 4 x 24 gave no more;
//   - three images at a time through the last stage of the attack, whose
//     weights (590 kB a convolution of 64 channels) come from the third-level
//     cache: that kernel 26 to 29 to 17.5, and with a prefetch two groups ahead
//     13.6; 2581 26.6 to 33.9 and 1000 55.3 to 61.9 on a machine so busy that
//     the caches were others', little on a quiet one.
// What is left of 2581: products 55 %, transforms 17 %, weight gradients (still
// direct) 10 %, 1x1 and stride 2 8 %. 1835 spends a third in the two
// convolutions of stride 2: Winograd by parities would save 1.8 x of their
// multiplications, and an estimated 1.3 x of their time.
// 512-bit registers would give nothing here: Zen 4 runs them as two halves.
#include <ATen/ATen.h>
#include <ATen/core/Tensor.h>
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <ctime>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/strings/str_cat.h"
#include "nas/base/device_lock.h"
#include "nas/base/philox.h"
#include "nas/cell.h"
#include "nas/cost.h"
#include "nas/network/cuda_devices.h"
#include "nas/network/device.h"
#include "nas/network_plan.h"
#include "training/dataset/dataset.h"
#include "training/parity/parity_case.h"
#include "training/recipe.pb.h"
#include "training/trainer.h"

ABSL_FLAG(std::string, device, "cpu", "cpu, cuda or cuda:N");
ABSL_FLAG(std::string, numeric_profile, "", "default: that of the device");
ABSL_FLAG(int, batch, 64, "images of a step");
ABSL_FLAG(bool, graphs, true, "on CUDA: steps as graphs");
ABSL_FLAG(int64_t, start_at, 0,
          "on CUDA, beside others: when the first cell is measured, in seconds "
          "since 1970");

namespace robbench {
namespace {

// Noise of a size, one batch of it.
Dataset NoiseImages(int count, int channels, int size) {
  Dataset dataset;
  dataset.name = "noise";
  dataset.classes = 10;
  dataset.channels = channels;
  dataset.image_size = size;
  dataset.mean.assign(channels, 125);
  dataset.standard_deviation.assign(channels, 63);
  PhiloxStream stream(0, Purpose::kTest);
  for (int i = 0; i < count; ++i) {
    dataset.train.labels.push_back(stream.Below(10));
    for (int k = 0; k < channels * size * size; ++k) {
      dataset.train.pixels.push_back(static_cast<char>(stream.Below(256)));
    }
  }
  dataset.test = dataset.train;
  return dataset;
}

// Multiply-adds a second of a large matrix product: the best of several.
double PeakMultiplyAdds(const at::Device& device) {
  const int64_t size = device.is_cpu() ? 1024 : 8192;
  const at::Tensor a = at::ones({size, size}, device);
  double best = 0;
  for (int i = 0; i < 12; ++i) {
    const auto start = std::chrono::steady_clock::now();
    const std::clock_t processor_start = std::clock();
    // Reading a number waits until the device is done.
    benchmark::DoNotOptimize(at::mm(a, a)[0][0].item<float>());
    const double seconds =
        device.is_cpu() ? static_cast<double>(std::clock() - processor_start) /
                              CLOCKS_PER_SEC
                        : std::chrono::duration<double>(
                              std::chrono::steady_clock::now() - start)
                              .count();
    best = std::max(best, std::pow(static_cast<double>(size), 3) / seconds);
  }
  return best;
}

// A skeleton and its images: `channels` and `cells` of the skeleton.
struct NetworkSize {
  int channels;
  int cells;
  int image_channels;
  int image_size;
};
constexpr NetworkSize kPaper = {16, 5, 3, 32};  // on CIFAR-10's images
constexpr NetworkSize kMini = {8, 1, 1, 16};    // the embedded benchmark's

using Clock = std::chrono::steady_clock;
constexpr double kSecondsOnCuda = 2;

// Waits for the turn of the next cell, if there are turns. False if it is over.
bool WaitForTurn() {
  constexpr std::chrono::seconds kTurn(8);
  static int turns = 0;
  if (absl::GetFlag(FLAGS_start_at) == 0) return true;
  const auto turn =
      std::chrono::system_clock::from_time_t(absl::GetFlag(FLAGS_start_at)) +
      kTurn * turns++;
  if (std::chrono::system_clock::now() > turn) return false;
  std::this_thread::sleep_until(turn);
  return true;
}

void TrainingStep(benchmark::State& state, const NumericDevice& on,
                  const std::string& code, const NetworkSize& size) {
  const int batch_size = absl::GetFlag(FLAGS_batch);
  const Dataset dataset =
      NoiseImages(batch_size, size.image_channels, size.image_size);
  Recipe recipe = ParityRecipe();
  recipe.mutable_skeleton()->set_channels(size.channels);
  recipe.mutable_skeleton()->set_cells_per_stage(size.cells);
  recipe.set_batch_size(batch_size);
  const NetworkPlan plan =
      MakeNetworkPlan(*Cell::FromCode(code),
                      SkeletonFor(recipe.skeleton(), dataset))
          .value();
  const at::Device device(on.name);
  if (device.is_cuda()) ResetCudaPeakMemory();
  Trainer trainer(plan, dataset, recipe, 0,
                  {.device = device,
                   .graph_tolerance = GraphTolerance(on.profile),
                   .graphs = absl::GetFlag(FLAGS_graphs)});
  std::vector<int64_t> batch(batch_size);
  for (int i = 0; i < batch_size; ++i) batch[i] = i;
  // Steps before the measurement take the memory, and on CUDA make the graph.
  for (int i = 0; i < (device.is_cpu() ? 1 : 3); ++i) {
    if (!trainer.Step(0, 0, batch).ok()) break;
  }
  int64_t steps = 0;
  if (device.is_cpu()) {
    for (auto unused : state) {
      if (!trainer.Step(0, 0, batch).ok()) break;
      ++steps;
    }
  } else {
    if (!WaitForTurn()) {
      state.SkipWithError("the device was not ready when the turn came");
      return;
    }
    for (auto unused : state) {
      const auto start = Clock::now();
      std::chrono::duration<double> seconds(0);
      while (seconds.count() < kSecondsOnCuda) {
        if (!trainer.Step(0, 0, batch).ok()) break;
        ++steps;
        seconds = Clock::now() - start;  // the step has waited for its loss
      }
      state.SetIterationTime(seconds.count());
    }
  }
  if (steps < state.iterations()) {
    state.SkipWithError("the step failed");
    return;
  }
  state.SetItemsProcessed(steps * batch_size);
  const double multiply_adds =
      static_cast<double>(CountCost(plan).multiply_adds);
  state.counters["multiply_adds"] = multiply_adds;  // of a forward pass
  if (device.is_cuda()) {
    state.counters["replays"] = static_cast<double>(trainer.replays());
    state.counters["peak_bytes"] = static_cast<double>(CudaPeakMemory());
  }
  // Others on the device would lower the peak.
  if (absl::GetFlag(FLAGS_start_at) != 0) return;
  const double work =
      17.0 * multiply_adds * static_cast<double>(steps * batch_size);
  state.counters["share_of_fp32_peak"] = benchmark::Counter(
      work / PeakMultiplyAdds(device), benchmark::Counter::kIsRate);
}

// Cells 2581, 1000 and 1835, which is the least; 45 and 7581, as small ones;
// and the middle ones, by index, of those with the costs at an eighth, three
// quarters and all of the work of the 6,466 representatives.
constexpr const char* kPaperCells[] = {"323133", "132013", "111111", "110021",
                                       "444444", "100312", "430334", "333333"};

void Register(const NumericDevice& device) {
  const bool is_cpu = device.name == "cpu";
  const auto add = [&](const std::string& name, const std::string& code,
                       const NetworkSize& size) {
    auto* step = benchmark::RegisterBenchmark(
                     absl::StrCat("TrainingStep/", name).c_str(),
                     [&device, code, size](benchmark::State& state) {
                       TrainingStep(state, device, code, size);
                     })
                     ->Unit(benchmark::kMillisecond);
    if (!is_cpu) step->Iterations(1)->UseManualTime();
    return step;
  };
  for (const char* code : kPaperCells) {
    auto* step = add(absl::StrCat("paper_", Cell::FromCode(code)->Index()),
                     code, kPaper);
    if (is_cpu) step->Iterations(2);
  }
  for (const char* code : {"333333", "222222", "111111", "444444", "323133"}) {
    auto* step = add(absl::StrCat("mini_", code), code, kMini);
    if (is_cpu) step->MinTime(1.5);
  }
}

}  // namespace
}  // namespace robbench

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (absl::ParseCommandLine(argc, argv).size() > 1 ||
      absl::GetFlag(FLAGS_batch) < 1) {
    std::cerr << "expected flags only, and --batch=1 or more\n";
    return 2;
  }
  auto device = robbench::EnterDevice(absl::GetFlag(FLAGS_device),
                                      absl::GetFlag(FLAGS_numeric_profile));
  if (!device.ok()) {
    std::cerr << device.status().message() << "\n";
    return 1;
  }
  // Each of several takes the lock at its start and lets the next one in.
  if (absl::GetFlag(FLAGS_start_at) != 0) device->lock = robbench::DeviceLock();
  robbench::Register(*device);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
