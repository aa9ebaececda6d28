// Writes what a training run of parity_case.h starts from: initial weights of
// each cell, and of every step images, labels and starts of the attack, in
// float64. For testdata/make_parity_golden.py.
#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <iostream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "nas/base/file.h"
#include "nas/base/safetensors.h"
#include "nas/cell.h"
#include "nas/network_plan.h"
#include "training/attack/pgd_attack.h"
#include "training/augmentation.h"
#include "training/dataset/dataset.h"
#include "training/dataset/image_tensors.h"
#include "training/parity/parity_case.h"
#include "training/recipe.pb.h"
#include "training/trainer.h"

namespace robbench {
namespace {

int Export(const Dataset& dataset, const Recipe& recipe,
           const std::vector<const char*>& cells, const std::string& path) {
  auto outputs = OutputFiles::Open({path});
  if (!outputs.ok()) {
    std::cerr << outputs.status().message() << "\n";
    return 1;
  }
  std::map<std::string, at::Tensor> tensors;
  for (const char* cell : cells) {
    const NetworkPlan plan =
        MakeNetworkPlan(*Cell::FromCode(cell),
                        SkeletonFor(recipe.skeleton(), dataset))
            .value();
    Trainer trainer(plan, dataset, recipe, kParitySeed, {.dtype = at::kDouble});
    for (size_t i = 0; i < plan.parameters.size(); ++i) {
      tensors[absl::StrCat(cell, ".", plan.parameters[i].name)] =
          trainer.state()[i].contiguous();
    }
    if (cell != cells[0]) continue;  // the steps are those of the first cell
    int step = 0;
    for (int epoch = 0; epoch < static_cast<int>(recipe.epochs()); ++epoch) {
      const std::vector<int64_t> order =
          ShuffledOrder(dataset.train.count(), kParitySeed, epoch);
      for (int i = 0; i < trainer.steps_per_epoch(); ++i, ++step) {
        const std::vector<int64_t> batch = trainer.Batch(order, i);
        const at::Tensor images = trainer.BatchImages(epoch, batch);
        const std::string prefix = absl::StrCat("step", step, ".");
        tensors[prefix + "images"] = images.contiguous();
        tensors[prefix + "labels"] = LabelTensor(dataset.train, batch);
        tensors[prefix + "starts"] =
            RandomStart(images, trainer.attack().epsilon,
                        trainer.Streams(epoch, batch))
                .contiguous();
      }
    }
  }
  std::map<std::string, TensorEntry> entries;
  for (const auto& [name, tensor] : tensors) {
    entries[name] = {
        tensor.scalar_type() == at::kDouble ? DType::kF64 : DType::kI64,
        tensor.sizes().vec(),
        absl::string_view(static_cast<const char*>(tensor.data_ptr()),
                          tensor.nbytes())};
  }
  outputs->Add(path, WriteSafetensors(entries));
  const absl::Status status = outputs->Commit();
  if (!status.ok()) std::cerr << status.message() << "\n";
  return status.ok() ? 0 : 1;
}

}  // namespace
}  // namespace robbench

int main(int argc, char** argv) {
  using namespace robbench;
  const std::string which = argc == 3 ? argv[1] : "";
  if (which == "small") {
    return Export(ParityDataset(), ParityRecipe(),
                  {std::begin(kParityCells), std::end(kParityCells)}, argv[2]);
  }
  if (which == "paper") {
    return Export(PaperParityDataset(), PaperParityRecipe(),
                  {std::begin(kPaperParityCells), std::end(kPaperParityCells)},
                  argv[2]);
  }
  std::cerr << "usage: export_parity_inputs small|paper OUT.safetensors\n";
  return 2;
}
