#include "training/evaluation/attack_suite.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "nas/base/attack_name.h"
#include "nas/base/field_error.h"
#include "nas/base/name.h"
#include "nas/base/status_macros.h"
#include "nas/base/unit_warning.h"

namespace robbench {
namespace {

constexpr uint32_t kMaxSteps = 1'000'000;

// Checks one attack after the other; `field` is the attack's place, such as
// "attacks[1].group.attacks[0]".
class SuiteCheck {
 public:
  SuiteCheck(std::string path, int classes)
      : path_(std::move(path)), classes_(classes) {}

  absl::Status Check(const std::string& field, const Attack& attack,
                     bool in_group) {
    ROBBENCH_RETURN_IF_ERROR(
        CheckAttackName(path_, field + ".name", attack.name()));
    ROBBENCH_RETURN_IF_ERROR(names_.Add(path_, field + ".name", attack.name()));
    switch (attack.kind_case()) {
      case Attack::kClean:
        return absl::OkStatus();
      case Attack::kFgsm:
        return Epsilon(field + ".fgsm", attack.fgsm());
      case Attack::kPgd:
        return Pgd(field + ".pgd", attack.pgd());
      case Attack::kApgd:
        return Apgd(field + ".apgd", attack.apgd());
      case Attack::kTargetedApgd:
        return TargetedApgd(field + ".targeted_apgd", attack.targeted_apgd());
      case Attack::kFab:
        return Fab(field + ".fab", attack.fab());
      case Attack::kSquare:
        return Square(field + ".square", attack.square());
      case Attack::kGroup:
        if (in_group) {
          return Error(field + ".kind", "an attack", "a group in a group");
        }
        return Group(field + ".group", attack.group());
      case Attack::KIND_NOT_SET:
        break;
    }
    return Error(field + ".kind",
                 "clean, fgsm, pgd, apgd, targeted_apgd, fab, square or group",
                 "none");
  }

 private:
  absl::Status Error(const std::string& field, absl::string_view expected,
                     const absl::AlphaNum& found) const {
    return FieldError(path_, field, expected, found);
  }

  absl::Status Length(const std::string& field, double value) const {
    if (value >= 0 && value <= 255) return absl::OkStatus();
    return Error(field, "0 to 255", value);
  }

  template <typename Kind>
  absl::Status Epsilon(const std::string& field, const Kind& kind) const {
    return Length(field + ".epsilon", kind.epsilon());
  }

  absl::Status Count(const std::string& field, uint32_t value,
                     uint32_t most = kMaxSteps) const {
    if (value >= 1 && value <= most) return absl::OkStatus();
    return Error(field, absl::StrCat("1 to ", most), value);
  }

  absl::Status Targets(const std::string& field, uint32_t value) const {
    if (value < static_cast<uint32_t>(classes_)) return absl::OkStatus();
    return Error(field,
                 absl::StrCat("at most the ", classes_ - 1, " other classes"),
                 value);
  }

  absl::Status Classes(const std::string& field, int least) const {
    if (classes_ >= least) return absl::OkStatus();
    return Error(field,
                 absl::StrCat("a data set of ", least, " classes or more"),
                 classes_);
  }

  absl::Status Pgd(const std::string& field, const PgdAttack& pgd) const {
    ROBBENCH_RETURN_IF_ERROR(Epsilon(field, pgd));
    ROBBENCH_RETURN_IF_ERROR(Length(field + ".step_size", pgd.step_size()));
    ROBBENCH_RETURN_IF_ERROR(Count(field + ".steps", pgd.steps()));
    ROBBENCH_RETURN_IF_ERROR(Count(field + ".restarts", pgd.restarts()));
    if (pgd.restarts() == 1 || pgd.random_start()) return absl::OkStatus();
    return Error(field + ".restarts", "1 without a random start",
                 pgd.restarts());
  }

  absl::Status Apgd(const std::string& field, const ApgdAttack& apgd) const {
    ROBBENCH_RETURN_IF_ERROR(Epsilon(field, apgd));
    ROBBENCH_RETURN_IF_ERROR(Count(field + ".steps", apgd.steps()));
    ROBBENCH_RETURN_IF_ERROR(Count(field + ".restarts", apgd.restarts()));
    return apgd.loss() == ApgdAttack::DLR ? Classes(field + ".loss", 3)
                                          : absl::OkStatus();
  }

  absl::Status TargetedApgd(const std::string& field,
                            const TargetedApgdAttack& apgd) const {
    ROBBENCH_RETURN_IF_ERROR(Epsilon(field, apgd));
    ROBBENCH_RETURN_IF_ERROR(Count(field + ".steps", apgd.steps()));
    ROBBENCH_RETURN_IF_ERROR(Count(field + ".restarts", apgd.restarts()));
    ROBBENCH_RETURN_IF_ERROR(Classes(field, 4));
    return Targets(field + ".targets", apgd.targets());
  }

  absl::Status Fab(const std::string& field, const FabAttack& fab) const {
    ROBBENCH_RETURN_IF_ERROR(Epsilon(field, fab));
    ROBBENCH_RETURN_IF_ERROR(Count(field + ".steps", fab.steps()));
    return Targets(field + ".targets", fab.targets());
  }

  absl::Status Square(const std::string& field,
                      const SquareAttack& square) const {
    ROBBENCH_RETURN_IF_ERROR(Epsilon(field, square));
    ROBBENCH_RETURN_IF_ERROR(Count(field + ".queries", square.queries()));
    if (square.initial_share() > 0 && square.initial_share() <= 1) {
      return absl::OkStatus();
    }
    return Error(field + ".initial_share", "more than 0 and at most 1",
                 square.initial_share());
  }

  absl::Status Group(const std::string& field, const AttackGroup& group) {
    if (group.attacks().empty()) {
      return Error(field + ".attacks", "at least one", "none");
    }
    for (int i = 0; i < group.attacks_size(); ++i) {
      ROBBENCH_RETURN_IF_ERROR(Check(absl::StrCat(field, ".attacks[", i, "]"),
                                     group.attacks(i), /*in_group=*/true));
    }
    return absl::OkStatus();
  }

  const std::string path_;
  const int classes_;
  DistinctNames names_;
};

}  // namespace

absl::Status CheckAttackSuite(const std::string& path, const AttackSuite& suite,
                              int classes) {
  ROBBENCH_RETURN_IF_ERROR(CheckName(path, "name", suite.name()));
  if (suite.batch_size() < 1 || suite.batch_size() > 65'536) {
    return FieldError(path, "batch_size", "1 to 65536", suite.batch_size());
  }
  if (suite.attacks().empty()) {
    return FieldError(path, "attacks", "at least one", "none");
  }
  SuiteCheck check(path, classes);
  for (int i = 0; i < suite.attacks_size(); ++i) {
    ROBBENCH_RETURN_IF_ERROR(check.Check(absl::StrCat("attacks[", i, "]"),
                                         suite.attacks(i),
                                         /*in_group=*/false));
  }
  return absl::OkStatus();
}

std::vector<std::string> UnitWarnings(const AttackSuite& suite) {
  std::vector<std::string> warnings;
  const std::function<void(const std::string&, const Attack&)> add =
      [&](const std::string& field, const Attack& attack) {
        if (attack.has_group()) {
          for (int i = 0; i < attack.group().attacks_size(); ++i) {
            add(absl::StrCat(field, ".group.attacks[", i, "]"),
                attack.group().attacks(i));
          }
          return;
        }
        AddUnitWarnings(field, EpsilonOf(attack), attack.pgd().step_size(),
                        attack.pgd().steps(), warnings);
      };
  for (int i = 0; i < suite.attacks_size(); ++i) {
    add(absl::StrCat("attacks[", i, "] (", suite.attacks(i).name(), ")"),
        suite.attacks(i));
  }
  return warnings;
}

Attack ResolveAttack(const Attack& attack, int classes) {
  Attack resolved = attack;
  if (attack.has_pgd()) {
    resolved.mutable_pgd()->set_restarts(attack.pgd().restarts());
    resolved.mutable_pgd()->set_best_iterate(attack.pgd().best_iterate());
  } else if (attack.has_targeted_apgd()) {
    if (attack.targeted_apgd().targets() == 0) {
      resolved.mutable_targeted_apgd()->set_targets(classes - 1);
    }
  } else if (attack.has_fab()) {
    if (attack.fab().targets() == 0) {
      resolved.mutable_fab()->set_targets(classes - 1);
    }
  } else if (attack.has_group()) {
    for (Attack& member : *resolved.mutable_group()->mutable_attacks()) {
      member = ResolveAttack(member, classes);
    }
  }
  return resolved;
}

double EpsilonOf(const Attack& attack) {
  switch (attack.kind_case()) {
    case Attack::kFgsm:
      return attack.fgsm().epsilon();
    case Attack::kPgd:
      return attack.pgd().epsilon();
    case Attack::kApgd:
      return attack.apgd().epsilon();
    case Attack::kTargetedApgd:
      return attack.targeted_apgd().epsilon();
    case Attack::kFab:
      return attack.fab().epsilon();
    case Attack::kSquare:
      return attack.square().epsilon();
    case Attack::kGroup: {
      double epsilon = 0;
      for (const Attack& member : attack.group().attacks()) {
        epsilon = std::max(epsilon, EpsilonOf(member));
      }
      return epsilon;
    }
    case Attack::kClean:
    case Attack::KIND_NOT_SET:
      return 0;
  }
  return 0;
}

bool IsWhiteBox(const Attack& attack) {
  switch (attack.kind_case()) {
    case Attack::kFgsm:
    case Attack::kPgd:
    case Attack::kApgd:
    case Attack::kTargetedApgd:
    case Attack::kFab:
      return true;
    case Attack::kSquare:
    case Attack::kGroup:
    case Attack::kClean:
    case Attack::KIND_NOT_SET:
      return false;
  }
  return false;
}

}  // namespace robbench
