// The small training run that trainer_test compares with PyTorch's own, and
// that export_parity_inputs writes down for the script that makes the golden
// file (testdata/make_parity_golden.py). Test only.
#ifndef TRAINING_PARITY_CASE_H_
#define TRAINING_PARITY_CASE_H_

#include <cstdint>
#include <vector>

#include "nas/network_plan.h"
#include "training/dataset/dataset.h"
#include "training/recipe.pb.h"

namespace robbench {

inline constexpr const char* kParityCells[] = {"323133", "140234"};
inline constexpr uint32_t kParitySeed = 3;

// 40 random 3x8x8 images in 5 classes: three steps an epoch, the last of 8.
Dataset ParityDataset();

// 8 epochs (24 steps) with crop, flip, PGD-7 and the paper's schedule.
Recipe ParityRecipe();

NetworkPlan ParityPlan(const char* cell);

}  // namespace robbench

#endif  // TRAINING_PARITY_CASE_H_
