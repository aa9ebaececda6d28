#include "analysis/table/name_resolver.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "analysis/table/metric_name.h"
#include "analysis/table/predictor_name.h"
#include "nas/base/name.h"

namespace robbench {
namespace {

// Our name for the authors' and NAS-Bench-201's names of data sets.
std::string DatasetAlias(absl::string_view name) {
  const std::string folded = FoldedName(name);
  return folded == "imagenet" || folded == "imagenet16" ? "imagenet16_120"
                                                        : std::string(name);
}

// Our name for what the field calls a metric, or the name itself. What
// NAS-Bench-201 and others count as FLOPs are multiply-adds.
std::string MetricAlias(const std::string& name) {
  const std::string folded = FoldedName(name);
  if (folded == "params") return "parameters";
  if (folded == "flops" || folded == "macs") return "multiply_adds";
  if (folded == "aa") return "autoattack";
  return name;
}

bool Has(const std::vector<std::string>& names, absl::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// The metrics as people write them: a predictor without "proxy_" and "_clean",
// where no other metric has that name.
std::vector<std::string> ShortNames(const std::vector<std::string>& metrics) {
  std::vector<std::string> names;
  for (const std::string& metric : metrics) {
    absl::string_view name = metric;
    if (absl::ConsumePrefix(&name, kPredictorPrefix)) {
      absl::string_view score = name;
      if (absl::ConsumeSuffix(&score, "_clean") &&
          !Has(metrics, absl::StrCat(kPredictorPrefix, score))) {
        name = score;
      }
      if (Has(metrics, name)) name = metric;
    }
    names.emplace_back(name);
  }
  return names;
}

}  // namespace

absl::StatusOr<std::string> ResolveDataset(
    absl::string_view where, absl::string_view name,
    const std::vector<std::string>& datasets) {
  if (const auto found = FindName(name, datasets)) return *found;
  if (std::string alias = DatasetAlias(name); Has(datasets, alias)) {
    return alias;
  }
  std::string hint = NameHint(name, datasets);
  if (FoldedName(name) == "cifar10valid" && Has(datasets, "cifar10")) {
    hint = absl::StrCat(
        ": cifar10-valid is NAS-Bench-201's name for half of CIFAR-10's "
        "training images",
        hint);
  }
  return absl::NotFoundError(
      absl::StrCat(where, " has no data set ",
                   QuotedName(absl::StripAsciiWhitespace(name)), hint));
}

absl::StatusOr<std::string> ResolveMetric(
    absl::string_view where, absl::string_view dataset, absl::string_view name,
    const std::vector<std::string>& metrics) {
  if (const auto found = FindName(name, metrics)) return *found;
  const std::string canonical =
      CanonicalMetric(absl::AsciiStrToLower(absl::StripAsciiWhitespace(name)));
  for (const std::string& ours : {canonical, MetricAlias(canonical)}) {
    if (const auto found = FindName(ours, metrics)) return *found;
  }
  absl::string_view wanted = canonical;
  absl::ConsumePrefix(&wanted, kPredictorPrefix);
  for (const absl::string_view images : {"", "_clean"}) {
    if (const auto found =
            FindName(absl::StrCat(kPredictorPrefix, wanted, images), metrics)) {
      return *found;
    }
  }
  return absl::NotFoundError(absl::StrCat(
      where, " has no metric ", QuotedName(absl::StripAsciiWhitespace(name)),
      " of ", dataset, NameHint(wanted, ShortNames(metrics))));
}

}  // namespace robbench
