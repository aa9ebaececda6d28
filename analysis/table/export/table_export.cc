#include "analysis/table/export/table_export.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "analysis/published/published_benchmark.h"
#include "analysis/published/published_table.h"
#include "analysis/table/metric_name.h"
#include "analysis/text/escape.h"
#include "analysis/text/number_format.h"
#include "nas/base/status_macros.h"
#include "nas/base/utf8.h"
#include "nas/cell.h"
#include "nas/cell.pb.h"
#include "nas/isomorphism.h"
#include "nas/official_index.h"
#include "nlohmann/json.hpp"

namespace robbench {
namespace {

using Json = nlohmann::ordered_json;

std::vector<std::string> Datasets(const Table& table) {
  std::set<std::string> names;
  for (const Column& column : table.columns()) {
    names.insert(column.key().dataset());
  }
  return {names.begin(), names.end()};
}

// The authors' name of a data set. Their "imagenet" is ImageNet16-120 with the
// paper's networks. Where the table has other networks, or another data set of
// this name, our name is kept.
std::string AuthorsDataset(const Table& table, const std::string& dataset,
                           const std::vector<std::string>& all) {
  for (const PublishedDataset& published : kPublishedDatasets) {
    if (dataset != published.name || dataset == published.authors_name) {
      continue;
    }
    const bool is_taken =
        std::count(all.begin(), all.end(), published.authors_name) > 0;
    return is_taken || !HasPaperNetworks(table, dataset, published)
               ? dataset
               : published.authors_name;
  }
  return dataset;
}

// A number, or the text of an infinity, which JSON does not have.
Json Number(double value) {
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  return value;
}

Json ValuesOf(const Column& column, int cell) {
  if (column.kind() == Column::COST ||
      column.kind() == Column::STANDARD_ACCURACY ||
      column.kind() == Column::PREDICTOR) {
    return Number(column.mean(cell));
  }
  Json values = Json::object();
  int seeds = 0;
  for (const Column::Seed& seed : column.seeds()) {
    if (std::isnan(seed.value(cell))) continue;
    values[absl::StrCat(seed.seed())] = Number(seed.value(cell));
    ++seeds;
  }
  // The authors have AutoAttack for one seed and write it without a seed.
  if (column.key().metric() == "autoattack" && seeds <= 1) {
    return Number(column.mean(cell));
  }
  const bool three =
      seeds == 3 || (column.seeds().empty() && column.mean_of() == 3);
  values[three ? "threeseed" : "mean"] = Number(column.mean(cell));
  return values;
}

}  // namespace

absl::Status CheckColumnNames(const std::vector<std::string>& names) {
  std::set<std::string> seen;
  for (const std::string& name : names) {
    if (!seen.insert(absl::AsciiStrToLower(name)).second) {
      return absl::InvalidArgumentError(
          absl::StrCat("columns: expected each name once, found \"",
                       absl::CHexEscape(name), "\" twice"));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> TableJson(const Table& table) {
  ROBBENCH_RETURN_IF_ERROR(CheckUtf8("table", table));
  std::set<std::string> names;
  // This writes what Json::dump(1) of the whole would, which takes a gigabyte
  // at the paper's size. It writes cell by cell, each line two levels deeper.
  const std::vector<std::string> all = Datasets(table);
  std::string datasets;
  for (const std::string& dataset : all) {
    const std::string name = AuthorsDataset(table, dataset, all);
    if (!names.insert(name).second) {
      return absl::InvalidArgumentError(
          absl::StrCat("benchmarks: expected one data set that the authors "
                       "call ",
                       name, ", found ", dataset, " too"));
    }
    std::string cells;
    for (int i = 0; i < table.cells_size(); ++i) {
      Json cell = Json::object();
      for (const Column& column : table.columns()) {
        if (column.key().dataset() != dataset || std::isnan(column.mean(i))) {
          continue;
        }
        const std::string metric = AuthorsMetric(column.key().metric());
        if (cell.contains(metric)) {
          return absl::InvalidArgumentError(
              absl::StrCat("columns: expected one metric of ", dataset,
                           " that the authors call ", metric, ", found ",
                           column.key().metric(), " too"));
        }
        cell[metric] = ValuesOf(column, i);
      }
      if (cell.empty()) continue;
      absl::StrAppend(
          &cells, cells.empty() ? "" : ",", "\n  \"", table.cells(i).index(),
          "\": ", absl::StrReplaceAll(cell.dump(1), {{"\n", "\n  "}}));
    }
    absl::StrAppend(&datasets, datasets.empty() ? "" : ",", "\n ",
                    Json(name).dump(), ": {", cells,
                    cells.empty() ? "}" : "\n }");
  }
  return absl::StrCat("{", datasets, datasets.empty() ? "}\n" : "\n}\n");
}

absl::StatusOr<std::string> TableCsv(const Table& table) {
  ROBBENCH_RETURN_IF_ERROR(CheckUtf8("table", table));
  // A metric has the seeds of all data sets together.
  struct Group {
    std::string metric;
    std::set<uint32_t> seeds;
  };
  std::vector<Group> groups;
  for (const Column& column : table.columns()) {
    Group* group = nullptr;
    for (Group& known : groups) {
      if (known.metric == column.key().metric()) group = &known;
    }
    if (group == nullptr) {
      group = &groups.emplace_back();
      group->metric = column.key().metric();
    }
    for (const auto& seed : column.seeds()) group->seeds.insert(seed.seed());
  }
  std::vector<std::string> head = {"dataset", "index", "code", "architecture",
                                   "representative"};
  for (const Group& group : groups) {
    head.push_back(group.metric);
    for (const uint32_t seed : group.seeds) {
      head.push_back(absl::StrCat(group.metric, " seed ", seed));
    }
  }
  ROBBENCH_RETURN_IF_ERROR(CheckColumnNames(head));
  std::string csv = CsvLine(head);
  for (const std::string& dataset : Datasets(table)) {
    std::vector<const Column*> columns(groups.size());
    for (size_t g = 0; g < groups.size(); ++g) {
      for (const Column& column : table.columns()) {
        if (column.key().dataset() == dataset &&
            column.key().metric() == groups[g].metric) {
          columns[g] = &column;
        }
      }
    }
    for (int i = 0; i < table.cells_size(); ++i) {
      const CellIdentity& cell = table.cells(i);
      std::vector<std::string> fields = {
          dataset, absl::StrCat(cell.index()), CsvCode(cell.code()),
          cell.architecture(), absl::StrCat(cell.representative())};
      for (size_t g = 0; g < groups.size(); ++g) {
        const Column* column = columns[g];
        fields.push_back(column == nullptr ? ""
                                           : ShortestNumber(column->mean(i)));
        for (const uint32_t wanted : groups[g].seeds) {
          std::string& value = fields.emplace_back();
          if (column == nullptr) continue;
          for (const Column::Seed& seed : column->seeds()) {
            if (seed.seed() == wanted) value = ShortestNumber(seed.value(i));
          }
        }
      }
      csv += CsvLine(fields);
    }
  }
  return csv;
}

std::string SearchSpaceCsv() {
  std::string csv =
      CsvLine({"index", "code", "architecture", "representative"});
  for (int index = 0; index < kNumCells; ++index) {
    const Cell cell = *Cell::FromIndex(index);
    csv += CsvLine(
        {absl::StrCat(index), CsvCode(cell.Code()), cell.Architecture(),
         absl::StrCat(IsomorphismClasses::Get().Representative(index))});
  }
  return csv;
}

}  // namespace robbench
