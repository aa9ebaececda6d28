#include "analysis/report/tables/theory_tables.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "analysis/studies/theory/theory_text.h"
#include "analysis/text/number_format.h"

namespace robbench {
namespace {

ReportCell Number(double value, std::string text) {
  return {std::move(text), value};
}

}  // namespace

ReportTable WidthStudyTable(const WidthStudyRecord& study) {
  ReportTable table;
  table.name = "theory-width";
  table.title = "Theory: kernels of finite width";
  table.note =
      "Slope of the kernel's relative error over width with its 95% interval; "
      "the theory's is −1/2. Smallest eigenvalue of the kernel of infinite "
      "width, and its proven lower bound.";
  table.columns = {{"network", "", false},      {"slope", "", true},
                   {"from", "", true},          {"to", "", true},
                   {"holds −1/2", "", false},   {"λ min", "", true},
                   {"bound on λ min", "", true}};
  for (const WidthStudyNetwork& network : study.networks()) {
    table.rows.push_back(
        {{network.name()},
         Number(network.slope(), Signed(network.slope(), 3)),
         Number(network.slope_low(), Signed(network.slope_low(), 3)),
         Number(network.slope_high(), Signed(network.slope_high(), 3)),
         {network.inverse_square_root() ? "yes" : "no"},
         Number(network.min_eigenvalue(),
                ReadableNumber(network.min_eigenvalue())),
         Number(network.min_eigenvalue_bound(),
                ReadableNumber(network.min_eigenvalue_bound()))});
  }
  return table;
}

ReportTable BoundStudyTable(const BoundStudyRecord& study) {
  ReportTable table;
  table.name = "theory-bounds";
  table.title = "Theory: bounds against errors";
  std::vector<std::string> sentences;
  for (const BoundStudyNetwork& network : study.networks()) {
    sentences.push_back(BoundSentence(network));
  }
  table.note = absl::StrCat(
      "Means over ", study.spec().repeats(),
      " seeds, in brackets the smallest and the largest; errors in %, bounds "
      "as shares: above 1 they say nothing. Shuffled: the same bounds with "
      "training labels in random order. ",
      absl::StrJoin(sentences, " "));
  table.columns = {{"network", "", false},
                   {"b", "weight of adversarial examples", true},
                   {"clean error (%)", "", true},
                   {"clean bound", "", true},
                   {"robust error (%)", "", true},
                   {"robust bound", "", true},
                   {"clean bound, shuffled", "labels in random order", true},
                   {"robust bound, shuffled", "labels in random order", true}};
  for (const BoundStudyNetwork& network : study.networks()) {
    for (const double b : study.spec().weights()) {
      const auto error = [&](const RunValue& value) {
        const Spread spread = SpreadOf(network, b, value);
        return Number(
            100 * spread.mean,
            absl::StrCat(Percent(spread.mean), " (", Percent(spread.low), "–",
                         Percent(spread.high), ")"));
      };
      const auto bound = [&](const RunValue& value) {
        const Spread spread = SpreadOf(network, b, value);
        return Number(spread.mean,
                      absl::StrFormat("%.2f (%.2f–%.2f)", spread.mean,
                                      spread.low, spread.high));
      };
      table.rows.push_back({{network.name()},
                            Number(b, ShortestNumber(b)),
                            error(&BoundStudyRun::clean_error),
                            bound(&BoundStudyRun::clean_bound),
                            error(&BoundStudyRun::robust_error),
                            bound(&BoundStudyRun::robust_bound),
                            bound(&BoundStudyRun::shuffled_clean_bound),
                            bound(&BoundStudyRun::shuffled_robust_bound)});
    }
  }
  return table;
}

}  // namespace robbench
