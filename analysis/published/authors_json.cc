#include "analysis/published/authors_json.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "analysis/published/nested_json_reader.h"
#include "analysis/published/published_benchmark.h"
#include "analysis/published/published_table.h"
#include "analysis/table/metric_name.h"
#include "analysis/table/name_resolver.h"
#include "analysis/table/predictor_name.h"
#include "analysis/text/json_text.h"
#include "nas/base/field_error.h"
#include "nas/base/name.h"
#include "nas/base/record.h"
#include "nas/base/status_macros.h"
#include "nas/cell.h"
#include "nas/cell.pb.h"
#include "nas/cell_identity.h"
#include "nas/isomorphism.h"
#include "nas/official_index.h"
#include "nlohmann/json.hpp"

namespace robbench {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

// The authors' name for ImageNet16-120.
constexpr char kImagenet[] = "imagenet";

// The authors add float32 values, so a mean may be this far from that of its
// seeds.
constexpr double kMeanRounding = 1e-6;

// Reads an official index as the files write it, without sign or leading zero.
bool ParseId(absl::string_view text, int& id) {
  return absl::SimpleAtoi(text, &id) && absl::StrCat(id) == text && id >= 0 &&
         id < kNumCells;
}

// Finds a data set by any name that analysis/table/name_resolver.h knows.
absl::StatusOr<const PublishedDataset*> FindDataset(absl::string_view name) {
  std::vector<std::string> names;
  for (const PublishedDataset& dataset : kPublishedDatasets) {
    names.push_back(dataset.name);
  }
  ROBBENCH_ASSIGN_OR_RETURN(const std::string found,
                            ResolveDataset("the paper", name, names));
  for (const PublishedDataset& dataset : kPublishedDatasets) {
    if (found == dataset.name) return &dataset;
  }
  return absl::InternalError(found);
}

// Sets what a metric's name says of its column. Returns false for a name that
// is not a metric's.
bool DescribeColumn(const std::string& metric, Column& column) {
  if (metric == "multiply_adds" || metric == "parameters") {
    column.set_kind(Column::COST);
    return true;
  }
  absl::string_view rest = metric;
  if (absl::ConsumePrefix(&rest, "standard_")) {
    column.set_kind(Column::STANDARD_ACCURACY);
    return !rest.empty();
  }
  if (absl::ConsumePrefix(&rest, kPredictorPrefix)) {
    return SetPredictor(rest, column);
  }
  if (absl::ConsumePrefix(&rest, "ntk_")) {
    column.set_kind(Column::NTK_SCORE);
    return SetKernelScore(rest, column);
  }
  column.set_kind(Column::ACCURACY);
  return SetNamedAttack(metric, column);
}

// Holds the values of one metric of one data set, by cell.
struct Values {
  Column column;
  std::map<int, double> mean;  // "threeseed", "mean" or the bare number
  std::map<uint32_t, std::map<int, double>> seeds;
  bool threeseed = false, bare = false;
};

struct DatasetValues {
  std::vector<Values> metrics;  // in order of appearance
  std::set<int> cells;
};

class AuthorsReader : public NestedJsonReader {
 public:
  explicit AuthorsReader(const std::string& path) : NestedJsonReader(path, 4) {}

  std::map<std::string, DatasetValues>& datasets() { return datasets_; }

 protected:
  absl::Status Key() override {
    switch (keys().size()) {
      case 1: {
        const std::string& key = keys()[0];
        const auto found = FindDataset(key);
        if (!found.ok()) {
          return Error("cifar10, cifar100 or imagenet16_120",
                       found.status().message());
        }
        // What "imagenet" stands for is decided when the whole file is read.
        name_ = key == kImagenet ? kImagenet : (*found)->name;
        const bool is_alias =
            key != kImagenet && key != name_ &&
            absl::string_view((*found)->authors_name) == kImagenet;
        if (datasets_.count(name_) > 0 ||
            (is_alias && datasets_.count(kImagenet) > 0) ||
            (key == kImagenet && imagenet_by_alias_)) {
          return Error("each data set once", "a second one");
        }
        imagenet_by_alias_ |= is_alias;
        dataset_ = &datasets_[name_];
        return absl::OkStatus();
      }
      case 2:
        if (!ParseId(keys()[1], cell_)) {
          return Error("an id 0 ... 15624", "this key");
        }
        dataset_->cells.insert(cell_);
        return absl::OkStatus();
      case 3: {
        const std::string metric = CanonicalMetric(keys()[2]);
        for (Values& known : dataset_->metrics) {
          if (known.column.key().metric() == metric) {
            values_ = &known;
            return absl::OkStatus();
          }
        }
        if (dataset_->metrics.size() >= kMostMetrics) {
          return Error(absl::StrCat("at most ", kMostMetrics, " metrics"),
                       "more");
        }
        values_ = &dataset_->metrics.emplace_back();
        values_->column.mutable_key()->set_dataset(name_);
        values_->column.mutable_key()->set_metric(metric);
        if (!CheckName("", "", metric).ok()) {
          return Error("a metric", "this key");
        }
        return DescribeColumn(metric, values_->column)
                   ? absl::OkStatus()
                   : Error("a metric", "this key");
      }
      default:
        if (keys()[3] == "threeseed" || keys()[3] == "mean") {
          return absl::OkStatus();
        }
        return absl::SimpleAtoi(keys()[3], &seed_) &&
                       absl::StrCat(seed_) == keys()[3]
                   ? absl::OkStatus()
                   : Error("a seed, threeseed or mean", "this key");
    }
  }

  absl::Status Number(double value) override {
    if (keys().size() < 3) {
      return Error(keys().empty() ? "an object" : "values", "a number");
    }
    const Column& column = values_->column;
    const bool is_share = column.kind() == Column::ACCURACY ||
                          column.kind() == Column::STANDARD_ACCURACY;
    if (is_share && !(value >= 0 && value <= 1)) {
      return Error("0 ... 1", std::isinf(value) ? "null" : absl::StrCat(value));
    }
    if (column.kind() == Column::COST &&
        !(value >= 0 && std::isfinite(value))) {
      return Error("a number, 0 or more", absl::StrCat(value));
    }
    if (column.kind() == Column::PREDICTOR && !std::isfinite(value)) {
      return Error("a finite number", absl::StrCat(value));
    }
    const bool has_seeds = keys().size() == 4;
    const bool may_be_bare = column.kind() == Column::COST ||
                             column.kind() == Column::PREDICTOR ||
                             column.kind() == Column::STANDARD_ACCURACY ||
                             column.key().metric() == "autoattack";
    if (!has_seeds && !may_be_bare) return Error("seeds", "a number");
    if (!has_seeds) {
      values_->bare = true;
      return Set(values_->mean, value);
    }
    if (keys()[3] == "threeseed" || keys()[3] == "mean") {
      values_->threeseed |= keys()[3] == "threeseed";
      return Set(values_->mean, value);
    }
    return Set(values_->seeds[seed_], value);
  }

  absl::Status Text(const std::string& value) override {
    // In all JSON of this project infinity is text.
    if (keys().size() >= 3 && values_->column.kind() == Column::NTK_SCORE) {
      if (value == "Infinity") return Number(kInfinity);
      if (value == "-Infinity") return Number(-kInfinity);
    }
    return Error(keys().size() < 3 ? "values" : "a number", Shown(value));
  }

 private:
  static constexpr size_t kMostMetrics = 1000;

  // Sets a value. It is an error if it is set already, as two names of one
  // metric would do.
  absl::Status Set(std::map<int, double>& values, double value) {
    return values.emplace(cell_, value).second
               ? absl::OkStatus()
               : Error("each value once", "a second one");
  }

  std::map<std::string, DatasetValues> datasets_;
  bool imagenet_by_alias_ = false;
  DatasetValues* dataset_ = nullptr;
  Values* values_ = nullptr;
  std::string name_;
  int cell_ = 0;
  uint32_t seed_ = 0;
};

double At(const std::map<int, double>& values, int cell) {
  const auto found = values.find(cell);
  return found == values.end() ? kNaN : found->second;
}

// Returns the column over `cells`. Its means are checked or, where only seeds
// are given, computed.
absl::StatusOr<Column> MakeColumn(const std::string& path, const Values& values,
                                  const std::set<int>& cells) {
  Column column = values.column;
  for (const auto& [seed, by_cell] : values.seeds) {
    Column::Seed& out = *column.add_seeds();
    out.set_seed(seed);
    for (const int cell : cells) out.add_value(At(by_cell, cell));
  }
  for (const int cell : cells) {
    double sum = 0;
    int count = 0;
    for (const auto& [seed, by_cell] : values.seeds) {
      const double value = At(by_cell, cell);
      if (std::isnan(value)) continue;
      sum += value;
      ++count;
    }
    double mean = At(values.mean, cell);
    if (std::isnan(mean) && count > 0) mean = sum / count;
    if (count > 0 && std::isfinite(mean) && std::isfinite(sum) &&
        std::abs(mean - sum / count) >
            kMeanRounding * std::max(1.0, std::abs(mean))) {
      return FieldError(
          path,
          absl::StrCat(column.key().dataset(), ".", cell, ".",
                       column.key().metric()),
          absl::StrCat(sum / count, ", the mean of ", count, " seeds"),
          absl::StrCat(mean));
    }
    column.add_mean(mean);
  }
  if (column.kind() == Column::ACCURACY && column.seeds().empty()) {
    if (values.threeseed) column.set_mean_of(3);
    if (values.bare) column.set_mean_of(1);
  }
  return column;
}

class MetaReader : public NestedJsonReader {
 public:
  explicit MetaReader(const std::string& path)
      : NestedJsonReader(path, 3), complete_(kNumCells, 0) {}

  // Returns the first id that lacks a field, or -1 when there is none.
  int Incomplete() const {
    for (int id = 0; id < kNumCells; ++id) {
      if (complete_[id] != 2) return id;
    }
    return -1;
  }

 protected:
  absl::Status Key() override {
    switch (keys().size()) {
      case 1:
        return keys()[0] == "ids" ? absl::OkStatus() : Error("ids", "this key");
      case 2:
        return ParseId(keys()[1], id_) ? absl::OkStatus()
                                       : Error("an id 0 ... 15624", "this key");
      default:
        return keys()[2] == "nb201-string" || keys()[2] == "isomorph"
                   ? absl::OkStatus()
                   : Error("nb201-string or isomorph", "this key");
    }
  }

  absl::Status Number(double value) override {
    return Error("text", std::isinf(value) ? "null" : absl::StrCat(value));
  }

  absl::Status Text(const std::string& value) override {
    if (keys().size() != 3) return Error("an object", Shown(value));
    const std::string expected =
        keys()[2] == "isomorph"
            ? absl::StrCat(IsomorphismClasses::Get().Representative(id_))
            : Cell::FromIndex(id_)->Architecture();
    if (value != expected) return Error(expected, Shown(value));
    ++complete_[id_];
    return absl::OkStatus();
  }

 private:
  int id_ = 0;
  std::vector<int> complete_;
};

}  // namespace

absl::StatusOr<Table> ParseAuthorsJson(const std::string& path,
                                       absl::string_view bytes) {
  AuthorsReader reader(path);
  ROBBENCH_RETURN_IF_ERROR(reader.Parse(bytes, kMaxAuthorsBytes));
  std::set<int> cells;
  for (const auto& [name, dataset] : reader.datasets()) {
    cells.insert(dataset.cells.begin(), dataset.cells.end());
  }
  Table table;
  *table.mutable_provenance() =
      MakeProvenance("analysis:import_published", /*numeric_profile=*/"",
                     {{"published_table", bytes}});
  for (const int cell : cells) {
    ROBBENCH_ASSIGN_OR_RETURN(const Cell identity, Cell::FromIndex(cell));
    *table.add_cells() = MakeCellIdentity(identity);
  }
  for (const auto& [name, dataset] : reader.datasets()) {
    const int first = table.columns_size();
    for (const Values& values : dataset.metrics) {
      ROBBENCH_ASSIGN_OR_RETURN(*table.add_columns(),
                                MakeColumn(path, values, cells));
    }
    ROBBENCH_ASSIGN_OR_RETURN(const PublishedDataset* published,
                              FindDataset(name));
    if (name == kImagenet) {
      // This is another data set of that name, and nothing says how networks
      // were trained on it.
      if (reader.datasets().count(published->name) > 0 ||
          !HasPaperNetworks(table, name, *published)) {
        continue;
      }
      for (int i = first; i < table.columns_size(); ++i) {
        table.mutable_columns(i)->mutable_key()->set_dataset(published->name);
      }
    }
    *table.add_benchmarks() = PublishedBenchmark(*published);
  }
  return table;
}

absl::Status CheckAuthorsMeta(const std::string& path, absl::string_view bytes,
                              const Table& table) {
  MetaReader reader(path);
  ROBBENCH_RETURN_IF_ERROR(reader.Parse(bytes, kMaxAuthorsBytes));
  if (const int id = reader.Incomplete(); id >= 0) {
    return FieldError(path, absl::StrCat("ids.", id),
                      "nb201-string and isomorph of all ids 0 ... 15624",
                      "fewer");
  }
  std::set<int> cells;
  for (const CellIdentity& cell : table.cells()) cells.insert(cell.index());
  for (const int representative : IsomorphismClasses::Get().representatives()) {
    if (cells.count(representative) == 0) {
      return FieldError(path, absl::StrCat("ids.", representative),
                        "its values in the table", "none");
    }
  }
  return absl::OkStatus();
}

std::string AuthorsMetaJson() {
  nlohmann::ordered_json ids = nlohmann::ordered_json::object();
  for (int id = 0; id < kNumCells; ++id) {
    auto& entry = ids[absl::StrCat(id)];
    entry["nb201-string"] = Cell::FromIndex(id)->Architecture();
    entry["isomorph"] =
        absl::StrCat(IsomorphismClasses::Get().Representative(id));
  }
  nlohmann::ordered_json meta;
  meta["ids"] = std::move(ids);
  return meta.dump(1) + "\n";
}

}  // namespace robbench
