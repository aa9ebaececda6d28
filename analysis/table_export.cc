#include "analysis/table_export.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <set>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "analysis/metric_name.h"
#include "analysis/number_format.h"
#include "analysis/published_benchmark.h"
#include "analysis/published_table.h"
#include "nas/cell.pb.h"
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

// "imagenet" of the authors is ImageNet16-120 in the paper's networks. Where
// that is not so, or another data set of the table has this name, ours stays.
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

Json ValuesOf(const Column& column, int cell) {
  if (column.kind() == Column::COST ||
      column.kind() == Column::STANDARD_ACCURACY) {
    return column.mean(cell);
  }
  Json values = Json::object();
  int seeds = 0;
  for (const Column::Seed& seed : column.seeds()) {
    if (std::isnan(seed.value(cell))) continue;
    values[absl::StrCat(seed.seed())] = seed.value(cell);
    ++seeds;
  }
  // The authors have AutoAttack for one seed and name no seed there.
  if (column.key().metric() == "autoattack" && seeds <= 1) {
    return column.mean(cell);
  }
  const bool three =
      seeds == 3 || (column.seeds().empty() && column.mean_of() == 3);
  values[three ? "threeseed" : "mean"] = column.mean(cell);
  return values;
}

}  // namespace

std::string TableJson(const Table& table) {
  // As Json::dump(1) of the whole, which would take a gigabyte for the paper's
  // size: cell by cell, each line two levels deeper.
  const std::vector<std::string> names = Datasets(table);
  std::string datasets;
  for (const std::string& dataset : names) {
    std::string cells;
    for (int i = 0; i < table.cells_size(); ++i) {
      Json cell = Json::object();
      for (const Column& column : table.columns()) {
        if (column.key().dataset() != dataset || std::isnan(column.mean(i))) {
          continue;
        }
        cell[AuthorsMetric(column.key().metric())] = ValuesOf(column, i);
      }
      if (cell.empty()) continue;
      absl::StrAppend(
          &cells, cells.empty() ? "" : ",", "\n  \"", table.cells(i).index(),
          "\": ", absl::StrReplaceAll(cell.dump(1), {{"\n", "\n  "}}));
    }
    absl::StrAppend(&datasets, datasets.empty() ? "" : ",", "\n ",
                    Json(AuthorsDataset(table, dataset, names)).dump(), ": {",
                    cells, cells.empty() ? "}" : "\n }");
  }
  return absl::StrCat("{", datasets, datasets.empty() ? "}\n" : "\n}\n");
}

std::string TableCsv(const Table& table) {
  // A metric's seeds are those of any data set.
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
  std::string csv = absl::StrJoin(head, ",") + "\n";
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
      absl::StrAppend(&csv, dataset, ",", cell.index(), ",", cell.code(), ",",
                      cell.architecture(), ",", cell.representative());
      for (size_t g = 0; g < groups.size(); ++g) {
        const Column* column = columns[g];
        absl::StrAppend(
            &csv, ",",
            column == nullptr ? "" : ShortestNumber(column->mean(i)));
        for (const uint32_t wanted : groups[g].seeds) {
          std::string value;
          if (column != nullptr) {
            for (const Column::Seed& seed : column->seeds()) {
              if (seed.seed() == wanted) value = ShortestNumber(seed.value(i));
            }
          }
          absl::StrAppend(&csv, ",", value);
        }
      }
      absl::StrAppend(&csv, "\n");
    }
  }
  return csv;
}

}  // namespace robbench
