#include "ntk/image_choice.h"

#include <cstddef>
#include <numeric>
#include <utility>

#include "absl/strings/str_cat.h"
#include "nas/base/field_error.h"
#include "nas/base/philox.h"

namespace robbench {
namespace {

// Shuffles by the method of Fisher and Yates from the front, so that the first
// numbers do not depend on how many are drawn.
void Shuffle(PhiloxStream stream, std::vector<int64_t>& values) {
  for (size_t i = 0; i + 1 < values.size(); ++i) {
    std::swap(
        values[i],
        values[i + stream.Below(static_cast<uint32_t>(values.size() - i))]);
  }
}

}  // namespace

absl::StatusOr<std::vector<int64_t>> BalancedImages(
    const std::string& spec_path, const ImageSplit& split, int classes,
    int64_t count, uint32_t seed) {
  std::vector<std::vector<int64_t>> by_class(classes);
  for (int64_t i = 0; i < split.count(); ++i) {
    by_class[split.labels[i]].push_back(i);
  }
  for (int c = 0; c < classes; ++c) {
    Shuffle(PhiloxStream(seed, Purpose::kNtkImages, 0, 1 + c), by_class[c]);
  }
  std::vector<int64_t> turns(classes);
  std::iota(turns.begin(), turns.end(), 0);
  Shuffle(PhiloxStream(seed, Purpose::kNtkImages), turns);
  std::vector<int64_t> chosen;
  for (int64_t i = 0; i < count; ++i) {
    const int64_t c = turns[i % classes];
    const size_t place = i / classes;
    if (place >= by_class[c].size()) {
      return FieldError(
          spec_path, "images",
          absl::StrCat("at least ", (count + classes - 1) / classes,
                       " of each class"),
          absl::StrCat(by_class[c].size(), " of class ", c));
    }
    chosen.push_back(by_class[c][place]);
  }
  return chosen;
}

}  // namespace robbench
