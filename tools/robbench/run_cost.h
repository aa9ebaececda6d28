// What the runs of a cell cost and leave behind, counted on the network's plan
// and on the specs. Nothing is run. No LibTorch.
#ifndef TOOLS_ROBBENCH_RUN_COST_H_
#define TOOLS_ROBBENCH_RUN_COST_H_

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

// The images of a data set, preprocessed.
struct PlannedImages {
  std::string name;
  int classes;
  int channels;
  int size;  // height = width
  int64_t train_images;
  int64_t test_images;

  // Tensors of the data set's file, without its header.
  int64_t Bytes() const;
};

// Forward passes of an image in one training: in every epoch the attack's
// steps, each forward and back to the image, and the update: forward, back to
// the activations, back to the weights.
int64_t TrainingPasses(const Recipe& recipe);

// Multiply-adds of one NTK record: the attacks, the gradients of every set of
// images (clean, and for each epsilon once or twice attacked) in all
// parameters, and their products, a kernel each.
absl::uint128 NtkMultiplyAdds(const NtkSpec& spec, int classes,
                              const Cost& cost);

// Networks of one skeleton for one set of images.
class NetworkSizes {
 public:
  NetworkSizes(const Skeleton& skeleton, const PlannedImages& images);

  // InvalidArgument for a skeleton out of range.
  absl::StatusOr<Cost> CostOf(const Cell& cell);
  // Bytes of the weights file that //training:train writes: exact.
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

// Records of a benchmark's runs, but for what differs from run to run:
// EvaluationRecords with every image correct and every self-check passed (a
// reason why one did not pass would be a line more).
TrainRecord RecordOfTraining(const PlannedImages& images, const Recipe& recipe);
EvaluationRecord RecordOfEvaluation(const PlannedImages& images,
                                    const Recipe& recipe,
                                    const AttackSuite& suite);

// Bytes of the file: with this cell and seed; exact for training, the most
// there can be for an evaluation.
int64_t RecordBytes(const Cell& cell, uint32_t seed, const Cost& cost,
                    TrainRecord& record);
int64_t RecordBytes(const Cell& cell, uint32_t seed, EvaluationRecord& record);

// About, within a tenth.
int64_t NtkRecordBytes(const NtkSpec& spec);

}  // namespace robbench

#endif  // TOOLS_ROBBENCH_RUN_COST_H_
