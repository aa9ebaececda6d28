#include "tools/robbench/plan/plan_print.h"

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "analysis/text/number_format.h"
#include "nlohmann/json.hpp"
#include "tools/robbench/text.h"

namespace robbench {
namespace {

using Json = nlohmann::ordered_json;
using Devices = std::vector<PlannedDevice>;

double Number(absl::uint128 value) { return static_cast<double>(value); }

std::string Bytes(int64_t bytes) {
  constexpr std::pair<double, const char*> kUnits[] = {
      {1e9, "GB"}, {1e6, "MB"}, {1e3, "kB"}};
  for (const auto& [size, name] : kUnits) {
    if (bytes >= size) return absl::StrFormat("%.1f %s", bytes / size, name);
  }
  return absl::StrCat(bytes, " B");
}

std::string Readable(double value) {
  return value < 100 ? ReadableNumber(value)
                     : Grouped(static_cast<long long>(value + 0.5));
}

// A column of hours a device; an empty one without devices.
void AddHourHeads(const Devices& devices, std::vector<TextTable::Head>& heads) {
  if (devices.empty()) heads.push_back({"device hours"});
  for (const PlannedDevice& device : devices) {
    heads.push_back({device.name.empty()
                         ? "device hours"
                         : absl::StrCat(device.name, " hours")});
  }
}

void AddHours(const Devices& devices, absl::uint128 multiply_adds,
              std::vector<std::string>& row) {
  if (devices.empty()) row.push_back("");
  for (const PlannedDevice& device : devices) {
    row.push_back(Readable(device.Hours(Number(multiply_adds))));
  }
}

bool HasBounds(const BenchmarkPlan& plan) {
  for (const StagePlan& stage : plan.stages) {
    if (stage.upper_bound) return true;
  }
  return false;
}

bool HasBounds(const WholePlan& whole) {
  for (const BenchmarkPlan& plan : whole.benchmarks) {
    if (HasBounds(plan)) return true;
  }
  return false;
}

std::string StagesText(const WholePlan& whole, const BenchmarkPlan& plan,
                       const Terminal& terminal) {
  std::vector<TextTable::Head> heads = {
      {"stage", false}, {"runs"}, {"passes an image"}, {"multiply-adds"}};
  AddHourHeads(whole.devices, heads);
  heads.push_back({"weights"});
  heads.push_back({"records"});
  TextTable table(std::move(heads));
  for (const StagePlan& stage : plan.stages) {
    const std::string bound = stage.upper_bound ? "<= " : "";
    std::vector<std::string> row = {
        absl::StrCat(stage.instead ? "or " : "", stage.name),
        Grouped(stage.runs), absl::StrFormat("%s%.1f", bound, stage.passes),
        absl::StrFormat("%s%.3e", bound, Number(stage.multiply_adds))};
    AddHours(whole.devices, stage.multiply_adds, row);
    row.push_back(stage.weights_bytes == 0 ? "" : Bytes(stage.weights_bytes));
    row.push_back(Bytes(stage.record_bytes));
    table.Add(std::move(row));
  }
  std::vector<std::string> sum = {
      "sum", Grouped(plan.sums.runs), "",
      absl::StrFormat("%s%.3e", HasBounds(plan) ? "<= " : "",
                      Number(plan.sums.multiply_adds))};
  AddHours(whole.devices, plan.sums.multiply_adds, sum);
  sum.resize(sum.size() + 2);
  table.Add(std::move(sum));
  return absl::StrCat(table.Print(terminal), "kept: ", Bytes(plan.sums.bytes),
                      "\n\n");
}

// What the sums cost on each device, and what says so.
std::string DevicesText(const WholePlan& whole, const Terminal& terminal) {
  const double sum = Number(whole.sums.multiply_adds);
  const std::string bound = HasBounds(whole) ? "<= " : "";
  TextTable table({{"device", false},
                   {"multiply-adds a second"},
                   {"hours"},
                   {"watts"},
                   {"kWh"},
                   {"kg CO2"}});
  std::string notes;
  const auto text = [&bound](const std::optional<double>& value) {
    return value ? absl::StrCat(bound, Readable(*value)) : std::string();
  };
  for (const PlannedDevice& device : whole.devices) {
    const std::string name = device.name.empty() ? "device" : device.name;
    table.Add(
        {name, absl::StrFormat("%.3g", device.multiply_adds_per_second),
         text(device.Hours(sum)), device.watts ? Readable(*device.watts) : "",
         text(device.KilowattHours(sum)), text(device.KilogramsOfCo2(sum))});
    absl::StrAppend(&notes, name, ": throughput ", device.basis);
    if (device.watts) {
      absl::StrAppend(&notes, "; power ", device.watts_source);
    }
    if (device.grams_per_kwh) {
      absl::StrAppend(&notes, "; ", Readable(*device.grams_per_kwh),
                      " g CO2 a kWh");
    }
    absl::StrAppend(&notes, ".\n");
  }
  return absl::StrCat("\n", table.Print(terminal), notes);
}

std::string CacheText(const WholePlan& whole, const Terminal& terminal) {
  std::vector<TextTable::Head> heads = {{"run with a shared cache", false},
                                        {"runs"},
                                        {"multiply-adds at most"},
                                        {"saved"}};
  for (const PlannedDevice& device : whole.devices) {
    heads.push_back({absl::StrCat(device.name.empty() ? "device" : device.name,
                                  " hours saved, at most")});
  }
  TextTable table(std::move(heads));
  for (const CacheSaving& saving : CacheSavings(whole)) {
    const double run = Number(saving.multiply_adds);
    const double saved = Number(saving.saved);
    std::vector<std::string> row = {
        saving.change, Grouped(saving.runs),
        run == 0 ? "0" : absl::StrFormat("%.3e", run),
        absl::StrCat(Percent(saved / (run + saved), 1), " %")};
    for (const PlannedDevice& device : whole.devices) {
      row.push_back(Readable(device.Hours(saved)));
    }
    table.Add(std::move(row));
  }
  return absl::StrCat("\n", table.Print(terminal));
}

Json DeviceJson(const PlannedDevice& device, double multiply_adds) {
  const auto number = [](const std::optional<double>& value) {
    return value ? Json(*value) : Json(nullptr);
  };
  return {{"name", device.name.empty() ? Json(nullptr) : Json(device.name)},
          {"multiply_adds_per_second", device.multiply_adds_per_second},
          {"measured", device.is_measured},
          {"basis", device.basis},
          {"hours", device.Hours(multiply_adds)},
          {"watts", number(device.watts)},
          {"watts_source", device.watts ? Json(device.watts_source) : nullptr},
          {"kwh", number(device.KilowattHours(multiply_adds))},
          {"grams_co2_per_kwh", number(device.grams_per_kwh)},
          {"kg_co2", number(device.KilogramsOfCo2(multiply_adds))}};
}

// multiply_adds, and device_hours of the device without a name, hours_NAME of
// the others.
void AddCost(const Devices& devices, absl::uint128 multiply_adds, Json& json) {
  json["multiply_adds"] = Number(multiply_adds);
  for (const PlannedDevice& device : devices) {
    json[device.name.empty() ? "device_hours"
                             : absl::StrCat("hours_", device.name)] =
        device.Hours(Number(multiply_adds));
  }
}

void AddSums(const Devices& devices, const Sums& sums, Json& json) {
  json["runs"] = sums.runs;
  AddCost(devices, sums.multiply_adds, json);
  json["bytes_kept"] = sums.bytes;
}

Json StageJson(const Devices& devices, const StagePlan& stage) {
  Json json;
  json["name"] = stage.name;
  json["in_sum"] = !stage.instead;
  json["runs"] = stage.runs;
  json["images"] = stage.images;
  json["forward_passes"] = stage.passes;
  json["upper_bound"] = stage.upper_bound;
  AddCost(devices, stage.multiply_adds, json);
  json["weights_bytes"] = stage.weights_bytes;
  json["record_bytes"] = stage.record_bytes;
  return json;
}

}  // namespace

std::vector<CacheSaving> CacheSavings(const WholePlan& whole) {
  CacheSaving same{"same", "the same again, anywhere"};
  CacheSaving suite{"attack_suite",
                    "another attack suite, as costly as the first"};
  CacheSaving ntk{"ntk_spec", "another NTK spec"};
  CacheSaving recipe{"recipe", "another recipe: all but the NTKs"};
  CacheSaving seed{"seed", "one seed more"};
  bool has_suite = false;
  for (const BenchmarkPlan& plan : whole.benchmarks) {
    has_suite = false;
    for (const StagePlan& stage : plan.stages) {
      if (stage.instead) continue;
      const auto add = [&stage](CacheSaving& saving, int64_t parts = 1) {
        saving.runs += stage.runs / parts;
        saving.multiply_adds += stage.multiply_adds / parts;
      };
      // The first stage is the training, the last the NTKs.
      const bool is_training = &stage == &plan.stages.front();
      const bool is_ntk = &stage == &plan.stages.back();
      if (is_ntk) add(ntk);
      if (!is_ntk) add(recipe);
      if (!is_ntk && !is_training && !has_suite) {
        add(suite);
        has_suite = true;
      }
      if (stage.every_seed) add(seed, whole.seeds);
    }
  }
  std::vector<CacheSaving> savings = {same, suite, ntk, recipe};
  for (CacheSaving& saving : savings) {
    saving.saved = whole.sums.multiply_adds - saving.multiply_adds;
  }
  seed.saved = whole.sums.multiply_adds;
  savings.push_back(seed);
  return savings;
}

std::string PlanText(const WholePlan& whole, const Terminal& terminal) {
  std::string text;
  for (size_t i = 0; i < whole.benchmarks.size(); ++i) {
    const PlannedImages& images = whole.images[i];
    const BenchmarkPlan& plan = whole.benchmarks[i];
    absl::StrAppendFormat(
        &text,
        "%s: %s cells, seeds: %d, mean forward pass %.1f M multiply-adds;\n"
        "%s + %s images of %dx%dx%d, %s\n",
        plan.dataset, Grouped(whole.cells), whole.seeds,
        plan.mean_multiply_adds / 1e6, Grouped(images.train_images),
        Grouped(images.test_images), images.channels, images.size, images.size,
        Bytes(plan.dataset_bytes));
    absl::StrAppend(&text, StagesText(whole, plan, terminal));
  }
  if (whole.benchmarks.size() > 1) {
    absl::StrAppendFormat(
        &text, "all: %s runs, at most %.3e multiply-adds, %s\n",
        Grouped(whole.sums.runs), Number(whole.sums.multiply_adds),
        Bytes(whole.sums.bytes));
  } else {
    text.pop_back();
  }
  if (!whole.devices.empty()) {
    absl::StrAppend(&text, DevicesText(whole, terminal));
  }
  absl::StrAppend(&text, CacheText(whole, terminal));
  if (whole.shards.empty()) return text;
  std::vector<TextTable::Head> heads = {
      {"shard"}, {"cells"}, {"multiply-adds"}};
  AddHourHeads(whole.devices, heads);
  TextTable table(std::move(heads));
  for (size_t i = 0; i < whole.shards.size(); ++i) {
    const PlannedShard& shard = whole.shards[i];
    std::vector<std::string> row = {
        absl::StrCat(i + 1), Grouped(shard.cells.size()),
        absl::StrFormat("%.6e", Number(shard.multiply_adds))};
    AddHours(whole.devices, shard.multiply_adds, row);
    table.Add(std::move(row));
  }
  return absl::StrCat(text, "\n", table.Print(terminal));
}

std::string PlanJson(const WholePlan& whole) {
  Json json;
  json["cells"] = whole.cells;
  json["seeds"] = whole.seeds;
  for (const BenchmarkPlan& plan : whole.benchmarks) {
    Json benchmark;
    benchmark["dataset"] = plan.dataset;
    benchmark["mean_multiply_adds"] = plan.mean_multiply_adds;
    for (const StagePlan& stage : plan.stages) {
      benchmark["stages"].push_back(StageJson(whole.devices, stage));
    }
    benchmark["dataset_bytes"] = plan.dataset_bytes;
    AddSums(whole.devices, plan.sums, benchmark);
    json["benchmarks"].push_back(std::move(benchmark));
  }
  AddSums(whole.devices, whole.sums, json);
  json["devices"] = Json::array();
  for (const PlannedDevice& device : whole.devices) {
    json["devices"].push_back(
        DeviceJson(device, Number(whole.sums.multiply_adds)));
  }
  for (const CacheSaving& saving : CacheSavings(whole)) {
    Json added = {{"after", saving.name}, {"runs", saving.runs}};
    AddCost(whole.devices, saving.multiply_adds, added);
    Json saved;
    AddCost(whole.devices, saving.saved, saved);
    added["saved"] = std::move(saved);
    json["shared_cache"].push_back(std::move(added));
  }
  for (const PlannedShard& shard : whole.shards) {
    Json added;
    for (const Cell& cell : shard.cells) {
      added["cells"].push_back(cell.Index());
    }
    AddCost(whole.devices, shard.multiply_adds, added);
    json["shards"].push_back(std::move(added));
  }
  return Dump(json);
}

std::string PlanCsv(const WholePlan& whole) {
  Json cost;
  AddCost(whole.devices, 0, cost);
  std::vector<std::string> heads;
  const auto add_cost = [&] {
    for (const auto& [head, unused] : cost.items()) heads.push_back(head);
  };
  Json rows = Json::array();
  if (!whole.shards.empty()) {
    heads = {"shard", "cells"};
    add_cost();
    for (size_t i = 0; i < whole.shards.size(); ++i) {
      Json& row = rows.emplace_back(
          Json{{"shard", i + 1}, {"cells", whole.shards[i].cells.size()}});
      AddCost(whole.devices, whole.shards[i].multiply_adds, row);
    }
    return Csv(heads, rows);
  }
  heads = {"dataset", "stage",          "in_sum",     "runs",
           "images",  "forward_passes", "upper_bound"};
  add_cost();
  heads.push_back("weights_bytes");
  heads.push_back("record_bytes");
  for (const BenchmarkPlan& plan : whole.benchmarks) {
    for (const StagePlan& stage : plan.stages) {
      Json& row = rows.emplace_back(StageJson(whole.devices, stage));
      row["dataset"] = plan.dataset;
      row["stage"] = stage.name;
    }
  }
  return Csv(heads, rows);
}

}  // namespace robbench
