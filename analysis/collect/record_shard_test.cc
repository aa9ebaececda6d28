#include "analysis/collect/record_shard.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "analysis/collect/record_collector.h"
#include "analysis/collect/record_shard.pb.h"
#include "analysis/collect/synthetic_records.h"
#include "analysis/table/table.pb.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "nas/base/philox.h"
#include "nas/base/provenance.pb.h"
#include "nas/base/record.h"
#include "nas/base/status_macros.h"
#include "ntk/ntk.pb.h"
#include "training/attack_suite.pb.h"
#include "training/dataset_spec.pb.h"
#include "training/records.pb.h"

namespace robbench {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr char kChanged[] = "cell_323133_seed_2.";

// Returns five cells with three seeds, and a second suite for the first seed.
SyntheticOptions FiveCells() {
  SyntheticOptions options;
  options.codes = {"333333", "323133", "030000", "222222", "111111"};
  options.seeds = {0, 1, 2};
  SyntheticSpec<AttackSuite>& more = options.first_seed_suite;
  more.text = R"pb(
    name: "more"
    batch_size: 1
    attacks {
      name: "square_25"
      square { epsilon: 25 queries: 10 initial_share: 0.5 }
    }
  )pb";
  EXPECT_TRUE(
      google::protobuf::TextFormat::ParseFromString(more.text, &more.message));
  return options;
}

std::string SpecText() { return SyntheticDatasetSpec(FiveCells()); }

RecordCollector Collector(RecordCollector::Options options) {
  DatasetSpec spec;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(SpecText(), &spec));
  return RecordCollector(spec, SpecText(), options);
}

std::vector<RecordFile> SortedRecords() {
  std::vector<RecordFile> files = SyntheticRecords(FiveCells());
  std::sort(files.begin(), files.end(),
            [](const auto& a, const auto& b) { return a.path < b.path; });
  return files;
}

absl::StatusOr<Table> Collect(const std::vector<RecordFile>& files,
                              RecordCollector::Options options = {}) {
  RecordCollector collector = Collector(options);
  for (const RecordFile& file : files) {
    ROBBENCH_RETURN_IF_ERROR(collector.Add(file.path, file.bytes));
  }
  return collector.Finish();
}

// Does what `collect --shard_out` does with sorted records.
absl::StatusOr<std::string> Shard(const std::vector<RecordFile>& files) {
  std::vector<CollectedRecord> records;
  RecordCollector collector = Collector({});
  for (const RecordFile& file : files) {
    ROBBENCH_ASSIGN_OR_RETURN(records.emplace_back(),
                              ReadCollectedRecord(file.path, file.bytes));
    ROBBENCH_RETURN_IF_ERROR(collector.Add(records.back()));
  }
  return SerializeRecord(MakeRecordShard(SpecText(), records));
}

// Does what `collect --shards_from` does.
absl::StatusOr<Table> Merge(const std::vector<std::string>& shards,
                            RecordCollector::Options options = {}) {
  std::vector<CollectedRecord> records;
  for (const std::string& bytes : shards) {
    ROBBENCH_RETURN_IF_ERROR(
        AppendRecordShard("some.shard", bytes, SpecText(), records));
  }
  std::sort(records.begin(), records.end(),
            [](const auto& a, const auto& b) { return a.path() < b.path(); });
  RecordCollector collector = Collector(options);
  for (CollectedRecord& record : records) {
    ROBBENCH_RETURN_IF_ERROR(collector.Add(std::move(record)));
  }
  return collector.Finish();
}

// Puts sorted files at random into 1 to files.size() shards, of which some may
// be empty.
std::vector<std::vector<RecordFile>> Partition(
    const std::vector<RecordFile>& files, PhiloxStream& random) {
  std::vector<std::vector<RecordFile>> parts(1 + random.Below(files.size()));
  for (const RecordFile& file : files) {
    parts[random.Below(parts.size())].push_back(file);
  }
  return parts;
}

struct Sharded {
  bool shards_are_good = true;
  absl::StatusOr<Table> table = absl::UnknownError("none");
};

Sharded CollectInParts(const std::vector<std::vector<RecordFile>>& parts,
                       RecordCollector::Options options) {
  std::vector<std::string> shards;
  for (const auto& part : parts) {
    const auto shard = Shard(part);
    if (!shard.ok()) return {false, shard.status()};
    shards.push_back(*shard);
  }
  return {true, Merge(shards, options)};
}

// Expects that parts give the same bytes as the whole. Where the whole is
// refused, parts must give the same message if every part is good by itself,
// and a message that has `named` if one is not.
void ExpectTheSame(const std::vector<RecordFile>& files,
                   const std::string& named, PhiloxStream& random,
                   RecordCollector::Options options = {}) {
  const auto whole = Collect(files, options);
  std::vector<std::vector<RecordFile>> parts = Partition(files, random);
  const Sharded sharded = CollectInParts(parts, options);
  ASSERT_EQ(sharded.table.ok(), whole.ok()) << sharded.table.status();
  if (whole.ok()) {
    EXPECT_EQ(SerializeRecord(*sharded.table), SerializeRecord(*whole));
    return;
  }
  EXPECT_EQ(sharded.table.status().code(), whole.status().code());
  EXPECT_THAT(std::string(sharded.table.status().message()), HasSubstr(named));
  if (sharded.shards_are_good) {
    EXPECT_EQ(sharded.table.status(), whole.status());
  }
}

TEST(RecordShard, TablesHaveTheSameBytesWhateverTheShards) {
  const std::vector<RecordFile> files = SortedRecords();
  ASSERT_EQ(files.size(), 50);
  PhiloxStream random(1, Purpose::kTest, 0, 0, 0);
  for (int i = 0; i < 20; ++i) ExpectTheSame(files, "", random);
}

TEST(RecordShard, SoDoTablesWithGaps) {
  PhiloxStream random(2, Purpose::kTest, 0, 0, 0);
  for (int i = 0; i < 10; ++i) {
    std::vector<RecordFile> files = SortedRecords();
    for (int gone = random.Below(9); gone >= 0; --gone) {
      files.erase(files.begin() + random.Below(files.size()));
    }
    for (RecordFile& file : files) {
      if (!absl::EndsWith(file.path, ".train.binpb") || random.Below(4) > 0) {
        continue;
      }
      TrainRecord record;
      ASSERT_TRUE(record.ParseFromString(file.bytes));
      record.clear_epochs();
      record.set_failed("epoch 1, step 3: loss is not finite");
      file.bytes = SerializeRecord(record);
    }
    ExpectTheSame(files, "", random, {.allow_missing = true});
    ExpectTheSame(files, "records of fashion_mnist are missing", random);
    ExpectTheSame(files, "", random, {.allow_fewer_seeds = true});
  }
}

template <typename T>
std::function<void(RecordFile&)> Change(const std::string& suffix,
                                        const std::function<void(T&)>& change) {
  return [=](RecordFile& file) {
    if (file.path != kChanged + suffix) return;
    T record;
    EXPECT_TRUE(record.ParseFromString(file.bytes));
    change(record);
    file.bytes = SerializeRecord(record);
  };
}

// Makes each mistake in one record; the other shards do not have it.
std::vector<std::pair<const char*, std::function<void(RecordFile&)>>>
Mistakes() {
  const auto set_input = [](Provenance& provenance, const std::string& role) {
    for (InputDigest& input : *provenance.mutable_inputs()) {
      if (input.role() == role) input.set_sha256("0000");
    }
  };
  return {
      {"schema_version",
       Change<NtkRecord>("ntk.binpb",
                         [](NtkRecord& record) {
                           record.mutable_provenance()->set_schema_version(99);
                         })},
      {"numeric_profile",
       Change<EvaluationRecord>(
           "eval.binpb",
           [](EvaluationRecord& record) {
             record.mutable_provenance()->set_numeric_profile("native");
           })},
      {"field dataset", Change<TrainRecord>("train.binpb",
                                            [](TrainRecord& record) {
                                              record.set_dataset("cifar10");
                                            })},
      {"inputs[dataset].sha256",
       Change<NtkRecord>("ntk.binpb",
                         [=](NtkRecord& record) {
                           set_input(*record.mutable_provenance(), "dataset");
                         })},
      {"field recipe",
       Change<TrainRecord>("train.binpb",
                           [](TrainRecord& record) {
                             record.mutable_recipe()->set_epochs(5);
                           })},
      {"attacks[pgd_25]",
       Change<EvaluationRecord>("eval.binpb",
                                [](EvaluationRecord& record) {
                                  record.mutable_attacks(4)
                                      ->mutable_attack()
                                      ->mutable_pgd()
                                      ->set_steps(10);
                                })},
      {"attacks of suite mini",
       Change<EvaluationRecord>("eval.binpb",
                                [](EvaluationRecord& record) {
                                  record.mutable_attacks()->RemoveLast();
                                })},
      {"inputs[weights].sha256",
       Change<TrainRecord>(
           "train.binpb",
           [](TrainRecord& record) { record.set_weights_sha256("abcd"); })},
      {"multiply_adds[2581]", Change<TrainRecord>("train.binpb",
                                                  [](TrainRecord& record) {
                                                    record.set_multiply_adds(7);
                                                  })},
      {"field spec", Change<NtkRecord>("ntk.binpb",
                                       [](NtkRecord& record) {
                                         record.mutable_spec()->set_images(7);
                                       })},
      {"trace", Change<NtkRecord>("ntk.binpb",
                                  [](NtkRecord& record) {
                                    record.mutable_scores(1)->set_trace(
                                        std::nan(""));
                                  })},
      {"second training record",
       Change<TrainRecord>("train.binpb",
                           [](TrainRecord& record) { record.set_seed(1); })},
      {"truncated",
       [](RecordFile& file) {
         if (file.path == absl::StrCat(kChanged, "ntk.binpb")) {
           file.bytes.resize(file.bytes.size() / 2);
         }
       }},
  };
}

TEST(RecordShard, MistakesAreRefusedAcrossShardsAsWithin) {
  PhiloxStream random(3, Purpose::kTest, 0, 0, 0);
  for (const auto& [named, change] : Mistakes()) {
    SCOPED_TRACE(named);
    std::vector<RecordFile> files = SortedRecords();
    for (RecordFile& file : files) change(file);
    const std::string whole(Collect(files).status().message());
    EXPECT_THAT(whole, AllOf(HasSubstr(named), HasSubstr(kChanged)));
    for (int i = 0; i < 4; ++i) ExpectTheSame(files, kChanged, random);
    // If every record is a shard of its own, the message is the same and names
    // both files.
    std::vector<std::vector<RecordFile>> parts;
    for (const RecordFile& file : files) parts.push_back({file});
    EXPECT_EQ(CollectInParts(parts, {}).table.status().message(), whole);
  }
}

TEST(RecordShard, DuplicatesAreRefusedNamingBoth) {
  const std::vector<RecordFile> files = SortedRecords();
  for (size_t i = 0; i < files.size(); i += 7) {
    const auto first = Shard(files);
    const auto second = Shard({{"later/" + files[i].path, files[i].bytes}});
    ASSERT_TRUE(first.ok() && second.ok());
    const auto table = Merge({*first, *second});
    EXPECT_EQ(table.status().code(), absl::StatusCode::kAlreadyExists);
    EXPECT_THAT(std::string(table.status().message()),
                AllOf(HasSubstr("later/" + files[i].path),
                      HasSubstr("is " + files[i].path)));
  }
}

TEST(RecordShard, OfOtherEpochsThanTheLastOnlyTheLossIsKept) {
  const TrainRecord training = SyntheticTraining(FiveCells(), "333333", 0);
  ASSERT_EQ(training.epochs_size(), 4);
  const std::string bytes = SerializeRecord(training);
  const auto record = ReadCollectedRecord("a.train.binpb", bytes);
  ASSERT_TRUE(record.ok()) << record.status();
  ASSERT_EQ(record->training().epochs_size(), 1);
  EXPECT_EQ(record->training().epochs(0).epoch(), 4);
  EXPECT_LT(SerializeRecord(record->training()).size(), bytes.size());
  ASSERT_EQ(record->losses_size(), 4);
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(record->losses(i), training.epochs(i).loss());
  }
  EXPECT_EQ(record->sha256().size(), 64);
}

TEST(RecordShard, RefusesEveryPartOfAShard) {
  const auto shard = Shard(SortedRecords());
  ASSERT_TRUE(shard.ok()) << shard.status();
  for (size_t size = 0; size < shard->size(); size += 1 + size / 50) {
    std::vector<CollectedRecord> records;
    const absl::Status status = AppendRecordShard(
        "a.shard", shard->substr(0, size), SpecText(), records);
    EXPECT_FALSE(status.ok()) << size;
    EXPECT_THAT(std::string(status.message()), HasSubstr("a.shard"));
  }
}

TEST(RecordShard, RefusesWhatIsNoShardOfThisDataSet) {
  const auto bytes = Shard(SortedRecords());
  ASSERT_TRUE(bytes.ok());
  const auto refused = [&](const std::function<void(RecordShard&)>& change) {
    RecordShard shard;
    EXPECT_TRUE(shard.ParseFromString(*bytes));
    change(shard);
    std::vector<CollectedRecord> records;
    return std::string(AppendRecordShard("a.shard", SerializeRecord(shard),
                                         SpecText(), records)
                           .message());
  };
  EXPECT_EQ(refused([](RecordShard&) {}), "");
  EXPECT_THAT(refused([](RecordShard& shard) {
                shard.mutable_provenance()->set_schema_version(99);
              }),
              AllOf(HasSubstr("a.shard"), HasSubstr("schema_version")));
  EXPECT_THAT(
      refused([](RecordShard& shard) {
        shard.mutable_provenance()->mutable_inputs(0)->set_sha256("0000");
      }),
      AllOf(HasSubstr("inputs[dataset_spec].sha256"), HasSubstr("0000")));
  EXPECT_THAT(refused([](RecordShard& shard) {
                shard.mutable_provenance()->clear_inputs();
              }),
              HasSubstr("found none"));
  EXPECT_THAT(refused([](RecordShard& shard) {
                shard.mutable_records(3)->clear_record();
              }),
              HasSubstr("records[3]"));
  EXPECT_THAT(refused([](RecordShard& shard) {
                shard.mutable_records()->RemoveLast();
              }),
              HasSubstr("expected 50, found 49"));
  EXPECT_FALSE(ReadCollectedRecord("a.binpb", *bytes).ok());
}

}  // namespace
}  // namespace robbench
