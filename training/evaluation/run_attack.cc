#include "training/evaluation/run_attack.h"

#include "training/attack/apgd_attack.h"
#include "training/attack/fab_attack.h"
#include "training/attack/fgsm_attack.h"
#include "training/attack/pgd_attack.h"
#include "training/attack/square_attack.h"

namespace robbench {

at::Tensor RunAttack(const FoldedNetwork& network, const Attack& attack,
                     const at::Tensor& images, const at::Tensor& labels,
                     const AttackStreams& streams) {
  switch (attack.kind_case()) {
    case Attack::kFgsm:
      return RunFgsm(network, images, labels, attack.fgsm().epsilon() / 255);
    case Attack::kPgd: {
      const PgdAttack& pgd = attack.pgd();
      return RunPgd(network, images, labels,
                    {.epsilon = pgd.epsilon() / 255,
                     .step_size = pgd.step_size() / 255,
                     .steps = static_cast<int>(pgd.steps()),
                     .random_start = pgd.random_start(),
                     .restarts = static_cast<int>(pgd.restarts()),
                     .best_iterate = pgd.best_iterate()},
                    streams);
    }
    case Attack::kApgd: {
      const ApgdAttack& apgd = attack.apgd();
      return RunApgd(
          network, images, labels,
          {.epsilon = apgd.epsilon() / 255,
           .steps = static_cast<int>(apgd.steps()),
           .restarts = static_cast<int>(apgd.restarts()),
           .loss = apgd.loss() == ApgdAttack::DLR ? ApgdLoss::kDlr
                                                  : ApgdLoss::kCrossEntropy},
          streams);
    }
    case Attack::kTargetedApgd: {
      const TargetedApgdAttack& apgd = attack.targeted_apgd();
      return RunApgd(network, images, labels,
                     {.epsilon = apgd.epsilon() / 255,
                      .steps = static_cast<int>(apgd.steps()),
                      .restarts = static_cast<int>(apgd.restarts()),
                      .loss = ApgdLoss::kTargetedDlr,
                      .targets = static_cast<int>(apgd.targets())},
                     streams);
    }
    case Attack::kFab:
      return RunFab(network, images, labels,
                    {.epsilon = attack.fab().epsilon() / 255,
                     .steps = static_cast<int>(attack.fab().steps()),
                     .targets = static_cast<int>(attack.fab().targets())});
    case Attack::kSquare:
      return RunSquare(network, images, labels,
                       {.epsilon = attack.square().epsilon() / 255,
                        .queries = static_cast<int>(attack.square().queries()),
                        .initial_share = attack.square().initial_share()},
                       streams);
    case Attack::kClean:
    case Attack::kGroup:
    case Attack::KIND_NOT_SET:
      return images;
  }
  return images;
}

Attack WithoutEffect(const Attack& attack) {
  Attack result = attack;
  switch (attack.kind_case()) {
    case Attack::kFgsm:
      result.mutable_fgsm()->set_epsilon(0);
      break;
    case Attack::kPgd:
      result.mutable_pgd()->set_epsilon(0);
      result.mutable_pgd()->set_steps(1);
      break;
    case Attack::kApgd:
      result.mutable_apgd()->set_epsilon(0);
      result.mutable_apgd()->set_steps(1);
      break;
    case Attack::kTargetedApgd:
      result.mutable_targeted_apgd()->set_epsilon(0);
      result.mutable_targeted_apgd()->set_steps(1);
      result.mutable_targeted_apgd()->set_targets(1);
      break;
    case Attack::kFab:
      result.mutable_fab()->set_epsilon(0);
      result.mutable_fab()->set_steps(1);
      result.mutable_fab()->set_targets(1);
      break;
    case Attack::kSquare:
      result.mutable_square()->set_epsilon(0);
      result.mutable_square()->set_queries(1);
      break;
    case Attack::kClean:
    case Attack::kGroup:
    case Attack::KIND_NOT_SET:
      break;
  }
  return result;
}

}  // namespace robbench
