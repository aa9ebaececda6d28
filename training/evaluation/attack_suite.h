// What can be told of an AttackSuite without running it. No LibTorch.
#ifndef TRAINING_EVALUATION_ATTACK_SUITE_H_
#define TRAINING_EVALUATION_ATTACK_SUITE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "training/attack_suite.pb.h"

namespace robbench {

// InvalidArgument naming `path` and the field: no attack, a name that is none
// or stands for something else (nas/base/attack_name.h) or is repeated, if only
// in another case (members of groups included), an attack without kind, numbers
// out of range, more targets than a data set of `classes` classes has other
// classes, a loss that needs more classes, a group without attacks or in a
// group.
absl::Status CheckAttackSuite(const std::string& path, const AttackSuite& suite,
                              int classes);

// A line for each length that looks like a fraction of 1
// (nas/base/unit_warning.h).
std::vector<std::string> UnitWarnings(const AttackSuite& suite);

// A checked attack with its defaults and its number of targets written out.
Attack ResolveAttack(const Attack& attack, int classes);

// The radius of the ball in 1/255: 0 for clean, the largest one of a group.
double EpsilonOf(const Attack& attack);

// Whether it sees gradients, or only logits.
bool IsWhiteBox(const Attack& attack);

}  // namespace robbench

#endif  // TRAINING_EVALUATION_ATTACK_SUITE_H_
