// What can be said of an AttackSuite (training/attack_suite.proto) without
// running it.
#ifndef TRAINING_EVALUATION_ATTACK_SUITE_H_
#define TRAINING_EVALUATION_ATTACK_SUITE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "training/attack_suite.pb.h"

namespace robbench {

// Returns InvalidArgument, naming `path` and the field, for a suite without an
// attack; for a name that is not allowed (nas/base/attack_name.h) or that
// repeats another, members of groups included, if only in another case; for an
// attack without kind; for numbers out of range; for more targets than a data
// set of `classes` classes has other classes; for a loss that needs more
// classes; and for a group without attacks or within a group.
absl::Status CheckAttackSuite(const std::string& path, const AttackSuite& suite,
                              int classes);

// Returns a line for each length that looks like a fraction of 1
// (nas/base/unit_warning.h).
std::vector<std::string> UnitWarnings(const AttackSuite& suite);

// Returns a checked attack with its defaults and its number of targets written
// out, as records state it.
Attack ResolveAttack(const Attack& attack, int classes);

// Returns the radius of the ball in units of 1/255: 0 for clean, the largest
// one of a group.
double EpsilonOf(const Attack& attack);

// Whether the attack follows gradients: not clean, nor Square, which sees only
// logits, nor a group as such.
bool IsWhiteBox(const Attack& attack);

}  // namespace robbench

#endif  // TRAINING_EVALUATION_ATTACK_SUITE_H_
