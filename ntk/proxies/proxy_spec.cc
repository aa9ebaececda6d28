#include "ntk/proxies/proxy_spec.h"

#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "nas/base/field_error.h"
#include "nas/base/status_macros.h"
#include "ntk/ntk_spec.h"
#include "training/attack_suite.pb.h"
#include "training/evaluation/attack_suite.h"

namespace robbench {
namespace {

std::string NameOf(int score) {
  return ProxySpec::Score_Name(static_cast<ProxySpec::Score>(score));
}

// The attacks as a suite, which has the checks.
AttackSuite SuiteOf(const ProxySpec& spec) {
  AttackSuite suite;
  suite.set_name("proxies");
  suite.set_batch_size(1);
  *suite.mutable_attacks() = spec.attacks();
  return suite;
}

absl::Status CheckAttacks(const std::string& path, const ProxySpec& spec,
                          int classes) {
  if (spec.attacks().empty()) return absl::OkStatus();
  ROBBENCH_RETURN_IF_ERROR(CheckAttackSuite(path, SuiteOf(spec), classes));
  for (int a = 0; a < spec.attacks_size(); ++a) {
    const Attack& attack = spec.attacks(a);
    const std::string field = absl::StrCat("attacks[", a, "]");
    if (attack.has_clean() || attack.has_group()) {
      return FieldError(path, field + ".kind", "an attack",
                        attack.has_clean() ? "clean" : "a group");
    }
    if (absl::AsciiStrToLower(attack.name()) == "clean") {
      return FieldError(path, field + ".name",
                        "another name than that of the clean images",
                        attack.name());
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckProxySpec(const std::string& path, const ProxySpec& spec,
                            const Dataset& dataset) {
  ROBBENCH_RETURN_IF_ERROR(CheckImageCount(path, spec.images(), dataset));
  if (spec.score().empty()) {
    return FieldError(path, "score", "at least one", "none");
  }
  std::set<int> seen;
  for (const int score : spec.score()) {
    if (!seen.insert(score).second) {
      return FieldError(path, "score", "each once",
                        absl::StrCat(NameOf(score), " twice"));
    }
    if ((score == ProxySpec::LOCAL_LINEARITY || score == ProxySpec::CROZE) &&
        spec.attacks().empty()) {
      return FieldError(path, "attacks",
                        absl::StrCat("at least one for ", NameOf(score)),
                        "none");
    }
    if (score == ProxySpec::ZICO && spec.images() < 4) {
      return FieldError(path, "images",
                        "4 or more for ZICO, which compares four parts",
                        spec.images());
    }
  }
  return CheckAttacks(path, spec, dataset.classes);
}

std::vector<std::string> ProxySpecWarnings(const ProxySpec& spec) {
  return UnitWarnings(SuiteOf(spec));
}

ProxySpec ResolveProxySpec(const ProxySpec& spec, int classes) {
  ProxySpec resolved = spec;
  for (Attack& attack : *resolved.mutable_attacks()) {
    attack = ResolveAttack(attack, classes);
  }
  return resolved;
}

}  // namespace robbench
