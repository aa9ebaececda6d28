#include "training/evaluation/attack_cost.h"

#include <algorithm>
#include <vector>

#include "training/evaluation/attack_suite.h"

namespace robbench {
namespace {

constexpr int64_t kGradient = 2;

// One run of APGD: the last iterate is only classified.
int64_t ApgdRun(int64_t steps) { return kGradient * steps + 1; }

// One target of FAB: every step may have to go back and take the gradient once
// more.
int64_t FabRun(int64_t steps) { return 2 * kGradient * steps + 1; }

int64_t Pgd(const PgdAttack& pgd, int64_t steps) {
  const int64_t restarts = pgd.restarts();
  // Each candidate needs a pass for its loss, unless the last iterate is taken.
  if (pgd.best_iterate()) return restarts * ((kGradient + 1) * steps + 1);
  if (restarts > 1) return restarts * (kGradient * steps + 1);
  return kGradient * steps;
}

// The passes of an attack that is no group: with its own numbers of steps and
// targets, or with one of each, as self-checks run it (WithoutEffect of
// run_attack.h).
int64_t Passes(const Attack& attack, bool least) {
  const auto number = [least](uint32_t own) {
    return least ? 1 : int64_t{own};
  };
  // The pass that finds which images are correct before the attack, for attacks
  // that leave the others out.
  constexpr int64_t kBefore = 1;
  constexpr int64_t kCount = 1;
  switch (attack.kind_case()) {
    case Attack::kFgsm:
      return kGradient + kCount;
    case Attack::kPgd:
      return Pgd(attack.pgd(), number(attack.pgd().steps())) + kCount;
    case Attack::kApgd:
      return kBefore +
             int64_t{attack.apgd().restarts()} *
                 ApgdRun(number(attack.apgd().steps())) +
             kCount;
    case Attack::kTargetedApgd:
      return kBefore +
             int64_t{attack.targeted_apgd().restarts()} *
                 number(attack.targeted_apgd().targets()) *
                 ApgdRun(number(attack.targeted_apgd().steps())) +
             kCount;
    case Attack::kFab:
      return kBefore +
             number(attack.fab().targets()) *
                 FabRun(number(attack.fab().steps())) +
             kCount;
    case Attack::kSquare:
      // There is one query for the stripes, then those of the squares.
      return kBefore + 1 + number(attack.square().queries()) + kCount;
    case Attack::kGroup:
    case Attack::kClean:
    case Attack::KIND_NOT_SET:
      break;
  }
  return kCount;
}

std::vector<Attack> SingleAttacks(const AttackSuite& suite, int classes) {
  std::vector<Attack> attacks;
  for (const Attack& attack : suite.attacks()) {
    if (!attack.has_group()) {
      attacks.push_back(ResolveAttack(attack, classes));
      continue;
    }
    for (const Attack& member : attack.group().attacks()) {
      attacks.push_back(ResolveAttack(member, classes));
    }
  }
  return attacks;
}

}  // namespace

int64_t MostForwardPasses(const Attack& attack) {
  if (!attack.has_group()) return Passes(attack, /*least=*/false);
  int64_t passes = 0;
  for (const Attack& member : attack.group().attacks()) {
    passes += Passes(member, /*least=*/false);
  }
  return passes;
}

bool IsUpperBound(const AttackSuite& suite) {
  return std::any_of(
      suite.attacks().begin(), suite.attacks().end(), [](const Attack& attack) {
        return !attack.has_clean() && !attack.has_fgsm() && !attack.has_pgd();
      });
}

int64_t MostForwardPasses(const AttackSuite& suite, int classes,
                          int64_t images) {
  int64_t each = 0;   // of all images
  int64_t first = 1;  // of the first batch: the answer without attack
  bool follows_gradients = false;
  for (const Attack& attack : SingleAttacks(suite, classes)) {
    each += Passes(attack, /*least=*/false);
    first += Passes(attack, /*least=*/true);
    follows_gradients |= IsWhiteBox(attack);
  }
  if (follows_gradients) each += kGradient;
  return each * images + first * std::min<int64_t>(suite.batch_size(), images);
}

}  // namespace robbench
