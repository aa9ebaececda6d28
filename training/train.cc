#include "training/train.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "nas/base/digest.h"
#include "nas/base/status_macros.h"
#include "nas/cell_identity.h"
#include "nas/cost.h"
#include "nas/network_plan.h"
#include "nas/weights.h"
#include "training/progress.h"
#include "training/trainer.h"

namespace robbench {

absl::StatusOr<TrainingOutputs> Train(const Cell& cell, const Dataset& dataset,
                                      const std::string& recipe_path,
                                      const Recipe& recipe, uint32_t seed) {
  ROBBENCH_RETURN_IF_ERROR(CheckRecipe(recipe_path, recipe));
  absl::StatusOr<NetworkPlan> plan =
      MakeNetworkPlan(cell, SkeletonFor(recipe.skeleton(), dataset));
  if (!plan.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(recipe_path, ": ", plan.status().message()));
  }

  TrainingOutputs outputs;
  TrainRecord& record = outputs.record;
  record.set_dataset(dataset.name);
  *record.mutable_cell() = MakeCellIdentity(cell);
  record.set_seed(seed);
  *record.mutable_recipe() = recipe;
  record.set_train_images(static_cast<uint32_t>(dataset.train.count()));
  const Cost cost = CountCost(*plan);
  record.set_multiply_adds(cost.multiply_adds);
  record.set_parameters(cost.parameters);

  const std::string name =
      absl::StrCat("cell ", cell.Index(), " ", cell.Code(), " seed ", seed);
  const int64_t images = dataset.train.count();
  ProgressPrinter printer(name, images * recipe.epochs());
  Trainer trainer(*plan, dataset, recipe, seed);
  for (int epoch = 0; epoch < static_cast<int>(recipe.epochs()); ++epoch) {
    const absl::StatusOr<EpochRecord> epoch_record =
        trainer.Epoch(epoch, [&](const TrainingProgress& progress) {
          const int64_t seen =
              std::min<int64_t>(progress.step * recipe.batch_size(), images);
          printer.Report(
              epoch * images + seen,
              absl::StrFormat("epoch %d/%d step %d/%d loss %.3f",
                              progress.epoch, recipe.epochs(), progress.step,
                              progress.steps_per_epoch, progress.loss));
        });
    if (!epoch_record.ok()) {
      return absl::Status(
          epoch_record.status().code(),
          absl::StrCat(name, ": ", epoch_record.status().message()));
    }
    *record.add_epochs() = *epoch_record;
    printer.Report(
        (epoch + 1) * images,
        absl::StrFormat("epoch %d/%d done, loss %.3f, robust train "
                        "accuracy %.3f,",
                        epoch + 1, recipe.epochs(), epoch_record->loss(),
                        epoch_record->accuracy()),
        /*force=*/true);
  }
  outputs.weights = SerializeWeights(
      *plan, trainer.state(),
      {{"dataset", dataset.name}, {"seed", absl::StrCat(seed)}});
  record.set_weights_sha256(Sha256(outputs.weights));
  return outputs;
}

}  // namespace robbench
