#include "analysis/studies/theory/theory_text.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"

namespace robbench {
namespace {

// Returns "orders (Kendall's ...)".
std::string AgreementText(bool defined, const StudyEstimate& agreement,
                          const std::string& order) {
  const std::string word =
      order == "undecided" ? "neither orders nor reverses" : order;
  if (!defined) return word + " (one side is constant)";
  return absl::StrCat(word, " (Kendall's τ-b ", Signed(agreement.mean()), " [",
                      Signed(std::max(agreement.low(), -1.0)), ", ",
                      Signed(std::min(agreement.high(), 1.0)), "])");
}

}  // namespace

std::string Signed(double value, int digits) {
  return absl::StrReplaceAll(absl::StrFormat("%.*f", digits, value),
                             {{"-", "−"}});
}

std::string SlopeText(const WidthStudyNetwork& network) {
  return absl::StrCat(Signed(network.slope()), " [",
                      Signed(network.slope_low()), ", ",
                      Signed(network.slope_high()), "]");
}

Spread SpreadOf(const BoundStudyNetwork& network, double b,
                const RunValue& value) {
  Spread spread;
  int count = 0;
  for (const BoundStudyRun& run : network.runs()) {
    if (run.b() != b) continue;
    spread.mean += value(run);
    spread.low = std::min(spread.low, value(run));
    spread.high = std::max(spread.high, value(run));
    ++count;
  }
  spread.mean /= count;
  return spread;
}

std::string BoundSentence(const BoundStudyNetwork& network) {
  const int runs = network.runs_size();
  return absl::StrCat(
      network.name(), ": the bound is above the error in ",
      network.clean_holds(), " of ", runs, " runs (clean) and ",
      network.robust_holds(), " of ", runs, " (robust). Over b it ",
      AgreementText(network.has_clean_agreement(), network.clean_agreement(),
                    network.clean_order()),
      " the clean errors and ",
      AgreementText(network.has_robust_agreement(), network.robust_agreement(),
                    network.robust_order()),
      " the robust ones.");
}

}  // namespace robbench
