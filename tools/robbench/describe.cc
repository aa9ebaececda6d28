#include "tools/robbench/describe.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/types/span.h"
#include "analysis/published/published_table.h"
#include "analysis/table/name_resolver.h"
#include "nas/base/program.h"
#include "nas/base/status_macros.h"
#include "nas/cell.h"
#include "nas/cost.h"
#include "nas/isomorphism.h"
#include "nlohmann/json.hpp"

namespace robbench {
namespace {

// All members of the largest class would fill a screen.
constexpr size_t kMostMembersAsText = 12;

// Returns "153,272,960" for 153272960.
std::string WithSeparators(int64_t number) {
  std::string text = absl::StrCat(number);
  for (int i = static_cast<int>(text.size()) - 3; i > 0; i -= 3) {
    text.insert(i, ",");
  }
  return text;
}

std::string MemberList(absl::Span<const int> members) {
  std::string text =
      absl::StrJoin(members.subspan(0, kMostMembersAsText), ", ");
  if (members.size() > kMostMembersAsText) {
    absl::StrAppend(&text, ", ... (all with --format=json)");
  }
  return text;
}

}  // namespace

absl::Status SetPublishedSize(absl::string_view dataset, SkeletonSize& size) {
  std::vector<std::string> names;
  for (const PublishedDataset& known : kPublishedDatasets) {
    names.push_back(known.name);
  }
  const auto name = ResolveDataset("--dataset: the paper", dataset, names);
  if (!name.ok()) return UsageError(name.status().message());
  for (const PublishedDataset& known : kPublishedDatasets) {
    if (known.name != *name) continue;
    size.image_channels = 3;
    size.image_size = known.image_size;
    size.classes = known.classes;
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> DescribeCell(absl::string_view name,
                                         const SkeletonSize& size,
                                         const Output& output) {
  ROBBENCH_ASSIGN_OR_RETURN(const Cell cell, ParseCell(name));
  ROBBENCH_ASSIGN_OR_RETURN(const NetworkPlan plan,
                            MakeNetworkPlan(cell, size));
  const Cost cost = CountCost(plan);
  const absl::Span<const int> members =
      IsomorphismClasses::Get().Members(cell.Index());

  if (output.format != OutputFormat::kText) {
    nlohmann::ordered_json json = {
        {"index", cell.Index()},
        {"code", cell.Code()},
        {"architecture", cell.Architecture()},
        {"representative", members[0]},
        {"class_size", members.size()},
        {"class_members", std::vector<int>(members.begin(), members.end())},
        {"skeleton",
         {{"channels", size.channels},
          {"cells_per_stage", size.cells_per_stage},
          {"image_channels", size.image_channels},
          {"image_size", size.image_size},
          {"classes", size.classes}}},
        {"multiply_adds", cost.multiply_adds},
        {"live_multiply_adds", cost.live_multiply_adds},
        {"parameters", cost.parameters},
    };
    if (output.format == OutputFormat::kJson) return Dump(json);
    json.update(json["skeleton"]);
    return Csv({"index", "code", "architecture", "representative", "class_size",
                "class_members", "channels", "cells_per_stage",
                "image_channels", "image_size", "classes", "multiply_adds",
                "live_multiply_adds", "parameters"},
               nlohmann::ordered_json::array({json}));
  }

  std::string text;
  auto row = [&text](absl::string_view label, absl::string_view value) {
    absl::StrAppendFormat(&text, "%-16s%s\n", label, value);
  };
  row("index", absl::StrCat(cell.Index()));
  row("code", cell.Code());
  row("architecture", cell.Architecture());
  row("representative", absl::StrCat(members[0]));
  row("class size", absl::StrCat(members.size()));
  row("class members", MemberList(members));
  row("skeleton",
      absl::StrFormat("C=%d, N=%d, image %dx%dx%d, %d classes", size.channels,
                      size.cells_per_stage, size.image_channels,
                      size.image_size, size.image_size, size.classes));
  row("multiply-adds", WithSeparators(cost.multiply_adds));
  if (cost.live_multiply_adds != cost.multiply_adds) {
    row("  of them live", WithSeparators(cost.live_multiply_adds));
  }
  row("parameters", WithSeparators(cost.parameters));
  return text;
}

}  // namespace robbench
