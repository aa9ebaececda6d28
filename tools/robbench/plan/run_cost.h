// Counts what the runs of a cell cost and how many bytes they leave, from the
// network's plan and the specs. Nothing is run.
#ifndef TOOLS_ROBBENCH_PLAN_RUN_COST_H_
#define TOOLS_ROBBENCH_PLAN_RUN_COST_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "absl/numeric/int128.h"
#include "absl/status/statusor.h"
#include "nas/cell.h"
#include "nas/cell.pb.h"
#include "nas/cost.h"
#include "nas/network_plan.h"
#include "ntk/ntk.pb.h"
#include "training/attack_suite.pb.h"
#include "training/recipe.pb.h"
#include "training/records.pb.h"

namespace robbench {

// The images of a data set after preprocessing.
struct PlannedImages {
  std::string name;
  int classes;
  int channels;
  int size;  // height = width
  int64_t train_images;
  int64_t test_images;

  // The bytes of the tensors in the data set's file, without its header.
  int64_t Bytes() const;
};

// Returns the forward passes of an image in one training. In every epoch there
// are the attack's steps, each forward and back to the image, and the update:
// forward, back to the activations, and back to the weights.
int64_t TrainingPasses(const Recipe& recipe);

// Returns the multiply-adds of one NTK record: those of the attacks, of the
// gradients of every set of images (clean, and for each epsilon once or twice
// attacked) in all parameters, and of their products, one for each kernel.
absl::uint128 NtkMultiplyAdds(const NtkSpec& spec, int classes,
                              const Cost& cost);

// The sizes of all networks of one skeleton for one set of images, computed
// when they are first asked for.
class NetworkSizes {
 public:
  NetworkSizes(const Skeleton& skeleton, const PlannedImages& images);

  // InvalidArgument for a skeleton out of range.
  absl::StatusOr<Cost> CostOf(const Cell& cell);
  // The exact number of bytes of the weights file that //training:train writes.
  absl::StatusOr<int64_t> WeightsBytes(const Cell& cell, uint32_t seed);

 private:
  struct Size {
    NetworkPlan plan;
    Cost cost;
    std::map<size_t, int64_t> weights_bytes;  // by digits of the seed
  };
  absl::StatusOr<Size*> SizeOf(const Cell& cell);

  const SkeletonSize skeleton_;
  const std::string dataset_;
  // By code with every operation without parameters as 0: these are 729.
  std::map<std::string, Size> sizes_;
};

// Return records of a benchmark's runs without what differs from run to run. In
// the EvaluationRecord every image is correct and every self-check has passed;
// the reason of one that has not would be a line more.
TrainRecord RecordOfTraining(const PlannedImages& images, const Recipe& recipe);
EvaluationRecord RecordOfEvaluation(const PlannedImages& images,
                                    const Recipe& recipe,
                                    const AttackSuite& suite);

// Return the bytes of the record's file with this cell and seed: the exact
// number for a training, the largest possible for an evaluation. `record` is
// changed.
int64_t RecordBytes(const Cell& cell, uint32_t seed, const Cost& cost,
                    TrainRecord& record);
int64_t RecordBytes(const Cell& cell, uint32_t seed, EvaluationRecord& record);

// Returns about how many bytes an NTK record has, within a tenth.
int64_t NtkRecordBytes(const NtkSpec& spec);

}  // namespace robbench

#endif  // TOOLS_ROBBENCH_PLAN_RUN_COST_H_
