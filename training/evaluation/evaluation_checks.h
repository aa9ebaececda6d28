// The self-checks of an evaluation, after AutoAttack's and RobustBench's flags.
// One that does not pass says that the numbers may be wrong, or that attacks
// are too weak for this network.
#ifndef TRAINING_EVALUATION_EVALUATION_CHECKS_H_
#define TRAINING_EVALUATION_EVALUATION_CHECKS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "training/records.pb.h"

namespace robbench {

// What an evaluation saw besides its counts. Lengths in units of the pixels'
// range 1.
struct EvaluationObservations {
  double excess = 0;   // largest of |x' - x| - epsilon, over all attacks
  double outside = 0;  // largest distance of a pixel from [0, 1]
  int64_t non_finite_logits = 0;
  int64_t non_finite_pixels = 0;        // of adversarial examples
  int64_t gradients = 0;                // images whose gradient was seen
  int64_t zero_gradients = 0;           // of them: no slope in any pixel
  bool constant_network = false;        // no path leads from image to logits
  int64_t changed_at_epsilon_zero = 0;  // answers, over the first batch
};

// Adds the checks to `record`, whose attacks must be complete, and sets
// `unreliable` if one does not pass. A check passes as follows:
//   perturbation_within_epsilon  excess <= 1e-7
//   pixels_in_range              outside <= 0
//   finite_logits, finite_pixels none other
//   epsilon_zero_is_clean        no answer changed
//   zero_gradients               if an attack follows gradients: their share is
//                                0; any for a constant network
//   pgd_not_weaker_than_fgsm     for each PGD with an FGSM at the same epsilon:
//                                accuracy at most 0.5 points above it
//   white_box_not_weaker_than_black_box
//                                for each Square, in a group: it takes at most
//                                0.2 points from what the group's attacks
//                                before it leave; else: its accuracy is at most
//                                0.2 points below the strongest white-box
//                                attack at the same epsilon
void AddSelfChecks(const EvaluationObservations& observations,
                   EvaluationRecord& record);

// Says why a record is unreliable, as a line "unreliable: NAME: REASON" for
// each check that did not pass. A reliable record has none.
std::vector<std::string> UnreliableWarnings(const EvaluationRecord& record);

}  // namespace robbench

#endif  // TRAINING_EVALUATION_EVALUATION_CHECKS_H_
