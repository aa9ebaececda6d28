#include "training/parity/parity_case.h"

#include <vector>

#include "nas/base/philox.h"
#include "nas/cell.h"
#include "training/trainer.h"

namespace robbench {

Dataset ParityDataset() {
  Dataset dataset;
  dataset.name = "parity";
  dataset.classes = 5;
  dataset.channels = 3;
  dataset.image_size = 8;
  dataset.mean = {125.3, 123.0, 113.9};
  dataset.standard_deviation = {63.0, 62.1, 66.7};
  for (ImageSplit* split : {&dataset.train, &dataset.test}) {
    PhiloxStream stream(kParitySeed, Purpose::kTest);
    for (int i = 0; i < 40; ++i) {
      split->labels.push_back(stream.Below(5));
      for (int k = 0; k < 3 * 8 * 8; ++k) {
        split->pixels.push_back(static_cast<char>(stream.Below(256)));
      }
    }
  }
  return dataset;
}

Recipe ParityRecipe() {
  Recipe recipe;
  recipe.mutable_skeleton()->set_channels(8);
  recipe.mutable_skeleton()->set_cells_per_stage(1);
  recipe.set_epochs(8);
  recipe.set_batch_size(16);
  recipe.set_weight_decay(5e-4);
  OneCycle& schedule = *recipe.mutable_schedule();
  schedule.set_max_learning_rate(0.1);
  schedule.set_start_divisor(25);
  schedule.set_end_divisor(1e4);
  schedule.set_rise_share(0.3);
  schedule.set_max_momentum(0.95);
  schedule.set_min_momentum(0.85);
  TrainingAttack& attack = *recipe.mutable_attack();
  attack.set_epsilon(8);
  attack.set_step_size(2);
  attack.set_steps(7);
  attack.set_random_start(true);
  recipe.mutable_augmentation()->set_crop_padding(2);
  recipe.mutable_augmentation()->set_flip_probability(0.5);
  return recipe;
}

NetworkPlan ParityPlan(const char* cell) {
  return MakeNetworkPlan(
             *Cell::FromCode(cell),
             SkeletonFor(ParityRecipe().skeleton(), ParityDataset()))
      .value();
}

Dataset PaperParityDataset() {
  constexpr int kClasses = 10;
  constexpr int kSize = 32;
  constexpr int kPatch = 8;  // pixels of a patch's side
  constexpr int kPatches = kSize / kPatch;
  Dataset dataset;
  dataset.name = "paper_parity";
  dataset.classes = kClasses;
  dataset.channels = 3;
  dataset.image_size = kSize;
  dataset.mean = {125.3, 123.0, 113.9};
  dataset.standard_deviation = {63.0, 62.1, 66.7};
  PhiloxStream stream(kParitySeed, Purpose::kTest);
  std::vector<uint32_t> patterns(kClasses * 3 * kPatches * kPatches);
  for (uint32_t& level : patterns) level = stream.Below(128);
  for (int i = 0; i < 160; ++i) {
    const uint32_t label = stream.Below(kClasses);
    dataset.train.labels.push_back(label);
    for (int c = 0; c < 3; ++c) {
      for (int y = 0; y < kSize; ++y) {
        for (int x = 0; x < kSize; ++x) {
          const uint32_t level =
              patterns[((label * 3 + c) * kPatches + y / kPatch) * kPatches +
                       x / kPatch];
          dataset.train.pixels.push_back(
              static_cast<char>(level + stream.Below(128)));
        }
      }
    }
  }
  dataset.test = dataset.train;
  return dataset;
}

Recipe PaperParityRecipe() {
  Recipe recipe = ParityRecipe();
  recipe.mutable_skeleton()->set_channels(16);
  recipe.mutable_skeleton()->set_cells_per_stage(5);
  recipe.set_epochs(10);
  recipe.set_batch_size(32);
  recipe.mutable_augmentation()->set_crop_padding(4);
  return recipe;
}

NetworkPlan PaperParityPlan(const char* cell) {
  return MakeNetworkPlan(
             *Cell::FromCode(cell),
             SkeletonFor(PaperParityRecipe().skeleton(), PaperParityDataset()))
      .value();
}

}  // namespace robbench
