#include "analysis/collect/record_collector.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "analysis/collect/record_collector_fixture.h"
#include "analysis/collect/synthetic_records.h"
#include "analysis/table/benchmark_table.h"
#include "analysis/table/table.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nas/base/record.h"
#include "ntk/ntk.pb.h"
#include "training/records.pb.h"

namespace robbench {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;

// Collects the records of three cells with one of them changed.
template <typename T>
absl::Status CollectChanged(const std::string& path,
                            const std::function<void(T&)>& change) {
  auto files = SyntheticRecords(ThreeCells());
  bool found = false;
  for (RecordFile& file : files) {
    if (file.path != path) continue;
    T record;
    EXPECT_TRUE(record.ParseFromString(file.bytes));
    change(record);
    file.bytes = SerializeRecord(record);
    found = true;
  }
  EXPECT_TRUE(found) << path;
  return Collect(files).status();
}

TEST(RecordCollector, KeepsEverySeedAndTheMean) {
  const auto table = Collect(SyntheticRecords(ThreeCells()));
  ASSERT_TRUE(table.ok()) << table.status();
  const auto benchmark = BenchmarkTable::Make("table", *table);
  ASSERT_TRUE(benchmark.ok()) << benchmark.status();
  ASSERT_EQ(benchmark->num_cells(), 3);
  EXPECT_EQ(benchmark->cell(0).index(), 1462);  // 333333
  EXPECT_EQ(benchmark->cell(1).index(), 2581);  // 323133
  const auto pgd = benchmark->Get("fashion_mnist", "pgd_25");
  ASSERT_TRUE(pgd.ok()) << pgd.status();
  ASSERT_EQ((*pgd)->seeds_size(), 2);
  EXPECT_EQ((*pgd)->seeds(1).seed(), 2);
  EXPECT_EQ((*pgd)->images(), 1000);
  for (int cell = 0; cell < 3; ++cell) {
    double correct = 0;
    for (int s = 0; s < 2; ++s) {
      const EvaluationRecord record = SyntheticEvaluation(
          ThreeCells(), benchmark->cell(cell).code(), (*pgd)->seeds(s).seed());
      EXPECT_EQ((*pgd)->seeds(s).value(cell),
                record.attacks(4).correct() / 1000.0);
      correct += record.attacks(4).correct();
    }
    EXPECT_EQ((*pgd)->mean(cell), correct / 2000);
  }
  const auto trace = benchmark->Get("fashion_mnist", "ntk_robust_trace");
  ASSERT_TRUE(trace.ok());
  EXPECT_EQ((*trace)->seeds(0).value(0),
            SyntheticNtk(ThreeCells(), "333333", 0).scores(2).trace());
  const auto cost = benchmark->Get("fashion_mnist", "multiply_adds");
  ASSERT_TRUE(cost.ok());
  EXPECT_EQ((*cost)->mean(0), 6400000);
}

TEST(RecordCollector, RunsNameRecordsAndTheirInputs) {
  const auto files = SyntheticRecords(ThreeCells());
  const auto table = Collect(files);
  ASSERT_TRUE(table.ok());
  ASSERT_EQ(table->runs_size(), 6);
  const CellRun& run = table->runs(0);
  ASSERT_EQ(run.sources_size(), 3);
  EXPECT_EQ(run.sources(0).producer(), "training:train");
  std::vector<std::string> roles;
  for (const uint32_t input : run.sources(1).inputs()) {
    roles.push_back(table->inputs(input).role());
    if (roles.back() == "weights") {
      EXPECT_EQ(table->inputs(input).sha256(), run.weights_sha256());
    }
  }
  EXPECT_THAT(roles,
              ::testing::UnorderedElementsAre("attacks", "dataset", "weights"));
}

// One training has these losses, as shares of log(10). It leaves the plateau
// and falls back to it.
TEST(RecordCollector, CoursesOfTrainings) {
  auto files = SyntheticRecords(ThreeCells());
  for (RecordFile& file : files) {
    if (file.path != "cell_323133_seed_2.train.binpb") continue;
    TrainRecord record = SyntheticTraining(ThreeCells(), "323133", 2);
    ASSERT_EQ(record.epochs_size(), 4);
    for (int i = 0; i < 4; ++i) {
      const double share = std::vector<double>{.98, .90, .85, .99}[i];
      record.mutable_epochs(i)->set_loss(share * std::log(10));
    }
    file.bytes = SerializeRecord(record);
  }
  const auto table = Collect(files);
  ASSERT_TRUE(table.ok()) << table.status();
  int failed = 0;
  for (const CellRun& run : table->runs()) {
    ASSERT_TRUE(run.has_ended_on_plateau());
    // A cell without a path from input to output never leaves the plateau.
    if (run.cell().code() == "030000") {
      EXPECT_TRUE(run.ended_on_plateau());
      continue;
    }
    if (!run.ended_on_plateau()) continue;
    ++failed;
    EXPECT_EQ(run.cell().code(), "323133");
    EXPECT_EQ(run.seed(), 2);
    EXPECT_EQ(run.escape_epoch(), 2);
    ASSERT_EQ(run.collapse_epochs_size(), 1);
    EXPECT_EQ(run.collapse_epochs(0), 4);
  }
  EXPECT_EQ(failed, 1);
}

TEST(RecordCollector, OrderOfRecordsDoesNotMatter) {
  auto files = SyntheticRecords(ThreeCells());
  const auto first = Collect(files);
  std::reverse(files.begin(), files.end());
  std::swap(files[1], files[7]);
  const auto second = Collect(files);
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(SerializeRecord(*first), SerializeRecord(*second));
}

TEST(RecordCollector, RefusesTruncatedRecords) {
  auto files = SyntheticRecords(ThreeCells());
  for (RecordFile& file : files) {
    const std::string whole = file.bytes;
    file.bytes.resize(whole.size() / 2);
    RecordCollector collector = Collector();
    EXPECT_THAT(std::string(collector.Add(file.path, file.bytes).message()),
                HasSubstr(file.path));
    file.bytes = whole;
  }
}

TEST(RecordCollector, RefusesAnotherKindOfRecord) {
  const auto files = SyntheticRecords(ThreeCells());
  RecordCollector collector = Collector();
  EXPECT_FALSE(collector.Add("a.ntk.binpb", files[0].bytes).ok());
  EXPECT_THAT(std::string(collector.Add("a.bin", files[0].bytes).message()),
              AllOf(HasSubstr("a.bin"), HasSubstr(".eval.binpb")));
}

TEST(RecordCollector, RefusesAnotherSchemaVersion) {
  const auto status = CollectChanged<NtkRecord>(
      "cell_323133_seed_2.ntk.binpb", [](NtkRecord& record) {
        record.mutable_provenance()->set_schema_version(99);
      });
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("cell_323133_seed_2.ntk.binpb"),
                    HasSubstr("schema_version"), HasSubstr("99")));
}

// LibTorch's operations round differently from the engines, so their records
// may not be mixed either.
TEST(RecordCollector, RefusesAnotherNumericProfile) {
  for (const char* profile : {"native", "portable+libtorch"}) {
    const auto status = CollectChanged<EvaluationRecord>(
        "cell_323133_seed_2.eval.binpb", [&](EvaluationRecord& record) {
          record.mutable_provenance()->set_numeric_profile(profile);
        });
    EXPECT_THAT(std::string(status.message()),
                AllOf(HasSubstr("cell_323133_seed_2.eval.binpb"),
                      HasSubstr("numeric_profile: expected portable (as in "),
                      EndsWith(std::string("found ") + profile)));
  }
}

TEST(RecordCollector, RefusesAnotherDataSet) {
  const auto name = CollectChanged<TrainRecord>(
      "cell_323133_seed_2.train.binpb",
      [](TrainRecord& record) { record.set_dataset("cifar10"); });
  EXPECT_THAT(
      std::string(name.message()),
      AllOf(HasSubstr("expected fashion_mnist"), HasSubstr("found cifar10")));
  const auto digest = CollectChanged<TrainRecord>(
      "cell_323133_seed_2.train.binpb", [](TrainRecord& record) {
        for (auto& input : *record.mutable_provenance()->mutable_inputs()) {
          if (input.role() == "dataset") input.set_sha256("0000");
        }
      });
  EXPECT_THAT(std::string(digest.message()),
              AllOf(HasSubstr("inputs[dataset].sha256"), HasSubstr("0000")));
}

TEST(RecordCollector, RefusesAnotherRecipeNamingTheField) {
  const auto status = CollectChanged<TrainRecord>(
      "cell_323133_seed_2.train.binpb",
      [](TrainRecord& record) { record.mutable_recipe()->set_epochs(5); });
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("field recipe"), HasSubstr("epochs: 4 -> 5")));
}

TEST(RecordCollector, RefusesAnotherAttackOfTheSameName) {
  const auto status = CollectChanged<EvaluationRecord>(
      "cell_323133_seed_2.eval.binpb", [](EvaluationRecord& record) {
        record.mutable_attacks(4)->mutable_attack()->mutable_pgd()->set_steps(
            10);
      });
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("attacks[pgd_25]"), HasSubstr("20 -> 10")));
}

TEST(RecordCollector, RefusesMoreCorrectThanTotal) {
  const auto status = CollectChanged<EvaluationRecord>(
      "cell_323133_seed_2.eval.binpb", [](EvaluationRecord& record) {
        record.mutable_attacks(0)->set_correct(1001);
      });
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("attacks[clean].correct"), HasSubstr("1001")));
}

TEST(RecordCollector, RefusesWeightsThatWereNotTrained) {
  const auto status = CollectChanged<TrainRecord>(
      "cell_323133_seed_2.train.binpb",
      [](TrainRecord& record) { record.set_weights_sha256("abcd"); });
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("inputs[weights].sha256"), HasSubstr("abcd")));
}

TEST(RecordCollector, RefusesAWrongCellIdentity) {
  const auto status = CollectChanged<TrainRecord>(
      "cell_323133_seed_2.train.binpb",
      [](TrainRecord& record) { record.mutable_cell()->set_index(7); });
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("field cell"), HasSubstr("2581")));
}

TEST(RecordCollector, RefusesNaN) {
  const auto status = CollectChanged<NtkRecord>(
      "cell_323133_seed_2.ntk.binpb", [](NtkRecord& record) {
        record.mutable_scores(1)->set_trace(std::nan(""));
      });
  EXPECT_THAT(std::string(status.message()), HasSubstr("scores[cross].trace"));
}

TEST(RecordCollector, RefusesDuplicatesNamingBoth) {
  auto files = SyntheticRecords(ThreeCells());
  files.push_back({"again.eval.binpb", files[1].bytes});
  const auto table = Collect(files);
  EXPECT_EQ(table.status().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_THAT(std::string(table.status().message()),
              AllOf(HasSubstr("again.eval.binpb"), HasSubstr("333333"),
                    HasSubstr("seed 0"), HasSubstr(files[1].path)));
}

// A suite may be run on one network of each cell, as AutoAttack in the
// published table.
TEST(RecordCollector, SuiteMayBeForSomeSeeds) {
  auto files = SyntheticRecords(ThreeCells());
  const size_t all = files.size();
  for (size_t i = 0; i < all; ++i) {
    if (!absl::EndsWith(files[i].path, "_seed_0.eval.binpb")) continue;
    EvaluationRecord record;
    ASSERT_TRUE(ParseRecord(files[i].path, files[i].bytes, &record).ok());
    record.set_suite("autoattack");
    // Both suites have the first attack.
    record.mutable_attacks()->DeleteSubrange(2, record.attacks_size() - 2);
    record.mutable_attacks(1)->set_name("autoattack");
    files.push_back({"autoattack_" + files[i].path, SerializeRecord(record)});
  }
  ASSERT_EQ(files.size(), all + 3);
  const auto table = Collect(files);
  ASSERT_TRUE(table.ok()) << table.status();
  const auto benchmark = BenchmarkTable::Make("table", *table);
  ASSERT_TRUE(benchmark.ok());
  const auto column = benchmark->Get("fashion_mnist", "autoattack");
  ASSERT_TRUE(column.ok()) << column.status();
  EXPECT_EQ((*column)->seeds_size(), 1);
  const auto shared = benchmark->Get("fashion_mnist", "clean");
  ASSERT_TRUE(shared.ok()) << shared.status();
  EXPECT_GT((*shared)->seeds_size(), 1);
  files.pop_back();
  EXPECT_THAT(std::string(Collect(files).status().message()),
              AllOf(HasSubstr("evaluation record of "),
                    HasSubstr("seed 0, suite autoattack")));
}

}  // namespace
}  // namespace robbench
