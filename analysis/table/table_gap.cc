#include "analysis/table/table_gap.h"

#include "absl/strings/str_cat.h"

namespace robbench {

std::string GapSentence(const Gap& gap) {
  std::string what = "training";
  if (gap.kind() == RecordSource::EVALUATION) {
    what = absl::StrCat("suite ", gap.suite());
  } else if (gap.kind() == RecordSource::NTK) {
    what = "NTK";
  }
  return absl::StrCat("Missing: cell ", gap.cell().index(), " (",
                      gap.cell().code(), "), seed ", gap.seed(), ", ",
                      gap.dataset(), ", ", what, ": ", gap.reason());
}

}  // namespace robbench
