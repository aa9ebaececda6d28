#include "ntk/ntk_spec.h"

#include <algorithm>
#include <cstdint>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "nas/base/field_error.h"
#include "nas/base/status_macros.h"

namespace robbench {
namespace {

constexpr int kMaxAttackSteps = 10000;
// Up to 18 MB of gradients an image in the paper's skeleton
// (gradient_kernel.h).
constexpr int64_t kMaxImages = 1024;
constexpr int kMaxListed = 16;

// Returns OK if the list has `least` or more numbers, each once, from `low` to
// `high`. `range` says that range in a message.
template <typename List>
absl::Status CheckList(absl::string_view path, absl::string_view field,
                       const List& list, int least, double low, double high,
                       absl::string_view range) {
  if (list.size() < least || list.size() > kMaxListed) {
    return FieldError(path, field,
                      absl::StrCat(least, " to ", kMaxListed, " of them"),
                      list.size());
  }
  std::set<double> seen;
  for (const double value : list) {
    if (!(value >= low && value <= high)) {
      return FieldError(path, field, range, value);
    }
    if (!seen.insert(value).second) {
      return FieldError(path, field, "each number once",
                        absl::StrCat(value, " twice"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckImageCount(const std::string& where, int64_t images,
                             const Dataset& dataset) {
  const int64_t most = std::min(dataset.test.count(), kMaxImages);
  if (images >= 1 && images <= most) return absl::OkStatus();
  return FieldError(
      where, "images",
      absl::StrCat("1 to ", most, " (the test split of ", dataset.name, " has ",
                   dataset.test.count(), ")"),
      images);
}

absl::Status CheckNtkSpec(const std::string& path, const NtkSpec& spec,
                          const Dataset& dataset) {
  const NtkAttack& attack = spec.attack();
  ROBBENCH_RETURN_IF_ERROR(CheckList(path, "attack.epsilon", attack.epsilon(),
                                     1, 0, 255, "0 to 255 (units of 1/255)"));
  const double step = attack.relative_step_size();
  if (!(step >= 0 && step <= 255)) {
    return FieldError(path, "attack.relative_step_size",
                      "0 to 255 (units of epsilon)", step);
  }
  if (attack.steps() < 1 || attack.steps() > kMaxAttackSteps) {
    return FieldError(path, "attack.steps",
                      absl::StrCat("1 to ", kMaxAttackSteps), attack.steps());
  }
  ROBBENCH_RETURN_IF_ERROR(
      CheckList(path, "mix", spec.mix(), 0, 0, 1, "0 to 1"));
  ROBBENCH_RETURN_IF_ERROR(
      CheckList(path, "ratio", spec.ratio(), 0, 1, spec.images(),
                absl::StrCat("1 to ", spec.images(), " (images)")));
  if (spec.scalar() == NtkSpec::ONE_CLASS) {
    if (!spec.has_scalar_class() ||
        spec.scalar_class() >= static_cast<uint32_t>(dataset.classes)) {
      return FieldError(
          path, "scalar_class",
          absl::StrCat("0 to ", dataset.classes - 1, " (", dataset.name,
                       " has ", dataset.classes, " classes)"),
          spec.has_scalar_class() ? absl::StrCat(spec.scalar_class()) : "none");
    }
  } else if (spec.has_scalar_class()) {
    return FieldError(path, "scalar_class", "none, except with ONE_CLASS",
                      spec.scalar_class());
  }
  return absl::OkStatus();
}

}  // namespace robbench
