// Tests the three programs as people and Bazel run them: their outputs, and
// equal bytes. command_errors_test.cc has what they refuse.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "nas/base/digest.h"
#include "nas/base/record.h"
#include "nas/base/safetensors.h"
#include "training/records.pb.h"
#include "training/tests/command_fixture.h"

namespace robbench {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::vector<int64_t> Integers(const SafetensorsFile& file,
                              const std::string& name) {
  const auto entry = file.Get(name, DType::kI64, {-1});
  EXPECT_TRUE(entry.ok()) << entry.status();
  std::vector<int64_t> integers(entry.ok() ? entry->shape[0] : 0);
  std::memcpy(integers.data(), entry->data.data(), 8 * integers.size());
  return integers;
}

using CommandTest = CommandFixture;

TEST_F(CommandTest, WholeRunTwiceGivesTheSameBytes) {
  ASSERT_EQ(Preprocess().code, 0) << Read("log");
  const CommandResult trained = Train();
  ASSERT_EQ(trained.code, 0) << trained.errors;
  EXPECT_THAT(trained.errors, HasSubstr("cell 2581 323133 seed 4: epoch 2/2"));
  const std::string weights = Read("w");
  const std::string train_record = Read("t");
  const CommandResult evaluated = Evaluate();
  ASSERT_EQ(evaluated.code, 0) << evaluated.errors;
  const std::string record_bytes = Read("e");

  TrainRecord train;
  ASSERT_TRUE(ParseRecord("t", train_record, &train).ok());
  EXPECT_EQ(train.provenance().producer(), "training:train");
  EXPECT_EQ(train.provenance().numeric_profile(), "portable");
  EXPECT_EQ(train.provenance().inputs_size(), 2);
  EXPECT_EQ(train.cell().index(), 2581);
  EXPECT_EQ(train.seed(), 4);
  EXPECT_EQ(train.epochs_size(), 2);
  EXPECT_EQ(train.train_images(), 40);
  EXPECT_GT(train.multiply_adds(), 0);

  EvaluationRecord record;
  ASSERT_TRUE(ParseRecord("e", record_bytes, &record).ok());
  EXPECT_EQ(record.provenance().inputs_size(), 3);
  EXPECT_EQ(record.seed(), 4);  // from the weights' metadata
  EXPECT_EQ(record.skeleton().channels(), 8);
  ASSERT_EQ(record.attacks_size(), 3);
  for (const AttackResult& attack : record.attacks()) {
    EXPECT_EQ(attack.total(), 20);
    EXPECT_LE(attack.correct(), 20);
  }
  EXPECT_EQ(record.attacks(0).max_perturbation(), 0);
  EXPECT_NEAR(record.attacks(1).max_perturbation(), 8, 1e-4);
  EXPECT_EQ(record.checks_size(), 7);

  ASSERT_EQ(Preprocess().code, 0);
  ASSERT_EQ(Train("2581").code, 0);  // the same cell by its index
  ASSERT_EQ(Evaluate("2581", "--seed=4 --images=20").code, 0);
  EXPECT_EQ(Read("w"), weights);
  EXPECT_EQ(Read("t"), train_record);
  EXPECT_EQ(Read("e"), record_bytes);
}

// --backend=check writes what auto writes. The numbers of libtorch differ in
// their last bits, and its records say that LibTorch computed them.
TEST_F(CommandTest, BackendsAgreeAndAreRecorded) {
  ASSERT_EQ(Preprocess().code, 0);
  ASSERT_EQ(Train().code, 0);
  ASSERT_EQ(Evaluate().code, 0);
  const std::string weights = Read("w"), trained = Read("t"),
                    attacked = Read("e");
  const CommandResult train = Train("323133", "--backend=check");
  ASSERT_EQ(train.code, 0) << train.errors;
  const CommandResult evaluate = Evaluate("323133", "--backend=check");
  ASSERT_EQ(evaluate.code, 0) << evaluate.errors;
  EXPECT_EQ(Read("w"), weights);
  EXPECT_EQ(Read("t"), trained);
  EXPECT_EQ(Read("e"), attacked);

  EvaluationRecord record;
  ASSERT_EQ(Evaluate("323133", "--backend=libtorch").code, 0) << Read("log");
  ASSERT_TRUE(ParseRecord("e", Read("e"), &record).ok());
  EXPECT_EQ(record.provenance().numeric_profile(), "portable+libtorch");
  EvaluationRecord by_engine;
  ASSERT_TRUE(ParseRecord("e", attacked, &by_engine).ok());
  EXPECT_EQ(record.attacks(0).correct(), by_engine.attacks(0).correct());
  ASSERT_EQ(Train("323133", "--backend=libtorch").code, 0) << Read("log");
  TrainRecord train_record;
  ASSERT_TRUE(ParseRecord("t", Read("t"), &train_record).ok());
  EXPECT_EQ(train_record.provenance().numeric_profile(), "portable+libtorch");
}

// A group's attacks run on the images that are left, whatever the size of the
// batches.
TEST_F(CommandTest, AutoAttackIsRecordedAttackByAttack) {
  ASSERT_EQ(Preprocess().code, 0);
  ASSERT_EQ(Train().code, 0);
  const std::string suite = R"(name: "tiny" batch_size: 7
attacks { name: "clean" clean {} }
attacks { name: "autoattack" group {
  attacks { name: "apgd_ce" apgd { epsilon: 8 steps: 5 restarts: 1
    loss: CROSS_ENTROPY } }
  attacks { name: "apgd_t" targeted_apgd { epsilon: 8 steps: 5 restarts: 1
    targets: 0 } }
  attacks { name: "fab_t" fab { epsilon: 8 steps: 5 targets: 2 } }
  attacks { name: "square" square { epsilon: 8 queries: 30
    initial_share: 0.8 } } } }
attacks { name: "apgd_ce_alone" apgd { epsilon: 8 steps: 5 restarts: 1
  loss: CROSS_ENTROPY } })";
  Write("suite", suite);
  ASSERT_EQ(Evaluate().code, 0) << Read("log");
  EvaluationRecord record;
  ASSERT_TRUE(ParseRecord("e", Read("e"), &record).ok());
  ASSERT_EQ(record.attacks_size(), 7);
  const char* const names[] = {"clean",  "apgd_ce",    "apgd_t",       "fab_t",
                               "square", "autoattack", "apgd_ce_alone"};
  for (int i = 0; i < 7; ++i) {
    const AttackResult& attack = record.attacks(i);
    EXPECT_EQ(attack.name(), names[i]);
    EXPECT_EQ(attack.total(), 20);
    EXPECT_LE(attack.max_perturbation(), 8 + 1e-4);
    EXPECT_EQ(attack.has_group(), i >= 1 && i <= 4);
    if (i >= 1 && i <= 4) {
      EXPECT_LE(attack.correct(), record.attacks(i - 1).correct());
    }
  }
  EXPECT_EQ(record.attacks(5).correct(), record.attacks(4).correct());
  EXPECT_EQ(record.attacks(2).attack().targeted_apgd().targets(), 3);
  EXPECT_EQ(record.attacks(5).attack().group().attacks_size(), 4);
  bool black_box = false;
  for (const SelfCheck& check : record.checks()) {
    if (check.name() == "white_box_not_weaker_than_black_box") black_box = true;
    if (check.name() == "epsilon_zero_is_clean") EXPECT_EQ(check.value(), 0);
  }
  EXPECT_TRUE(black_box);
  // The first attack of a group sees what it would alone, but for its stream.
  EXPECT_NEAR(record.attacks(1).correct(), record.attacks(6).correct(), 2);
  Write("suite",
        absl::StrReplaceAll(suite, {{"batch_size: 7", "batch_size: 20"}}));
  ASSERT_EQ(Evaluate().code, 0) << Read("log");
  EvaluationRecord other;
  ASSERT_TRUE(ParseRecord("e", Read("e"), &other).ok());
  for (int i = 0; i < 7; ++i) {
    EXPECT_EQ(other.attacks(i).correct(), record.attacks(i).correct()) << i;
  }

  // Image by image: the record stays as it is, its counts are the survivors.
  const std::string bytes = Read("e");
  ASSERT_EQ(Evaluate("323133", "--predictions_out=$D/p").code, 0)
      << Read("log");
  EXPECT_EQ(Read("e"), bytes);
  const auto file = SafetensorsFile::Read(Path("p"));
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(file->Metadata("attacks").value(),
            "clean,apgd_ce,apgd_t,fab_t,square,autoattack,apgd_ce_alone");
  EXPECT_EQ(file->Metadata("cell").value(), "2581");
  EXPECT_EQ(file->tensors().size(), 2 + 2 * 7);
  const auto logits = file->Get("logits", DType::kF32, {20, 4});
  ASSERT_TRUE(logits.ok()) << logits.status();
  const std::vector<int64_t> labels = Integers(*file, "labels");
  std::string before;
  for (const AttackResult& attack : other.attacks()) {
    SCOPED_TRACE(attack.name());
    const std::vector<int64_t> predictions =
        Integers(*file, "predictions/" + attack.name());
    const auto survivors =
        file->Get("survivors/" + attack.name(), DType::kBool, {20});
    ASSERT_TRUE(survivors.ok()) << survivors.status();
    uint32_t correct = 0;
    for (int i = 0; i < 20; ++i) {
      const bool survives = survivors->data[i] == 1;
      correct += survives;
      EXPECT_EQ(survives, predictions[i] == labels[i]) << i;
      if (attack.name() == "clean") {
        float row[4];
        std::memcpy(row, logits->data.data() + i * sizeof(row), sizeof(row));
        EXPECT_EQ(predictions[i], std::max_element(row, row + 4) - row) << i;
      }
      // Only what the group's attacks before have left is attacked.
      if (attack.has_group() && attack.name() != "apgd_ce") {
        EXPECT_EQ(predictions[i] == -1, before[i] == 0) << i;
      }
    }
    EXPECT_EQ(correct, attack.correct());
    before = std::string(survivors->data);
  }
  ASSERT_EQ(Evaluate("323133", "--predictions_out=$D/again").code, 0);
  EXPECT_EQ(Read("again"), Read("p"));
}

TEST_F(CommandTest, DeadCellTrains) {
  ASSERT_EQ(Preprocess().code, 0);
  ASSERT_EQ(Train("000000").code, 0) << Read("log");
  ASSERT_EQ(Evaluate("000000").code, 0) << Read("log");
}

// On request, a run whose loss is not finite is a result like any other: it has
// the same bytes each time, and later stages pass it on.
TEST_F(CommandTest, AFailedRunIsARecordOnRequest) {
  ASSERT_EQ(Preprocess().code, 0);
  Write("recipe", absl::StrReplaceAll(
                      kTinyRecipe,
                      {{"max_learning_rate: 0.1", "max_learning_rate: 1e30"}}));
  const CommandResult trained = Train("323133", "--failure_as_record");
  ASSERT_EQ(trained.code, 0) << trained.errors;
  EXPECT_THAT(trained.errors, HasSubstr("written as the run's result"));
  const std::string weights = Read("w"), train_record = Read("t");
  TrainRecord train;
  ASSERT_TRUE(ParseRecord("t", train_record, &train).ok());
  EXPECT_THAT(train.failed(),
              AllOf(HasSubstr("epoch 1 step "), HasSubstr("NaN or infinity")));
  EXPECT_EQ(train.epochs_size(), 0);
  EXPECT_EQ(train.provenance().inputs_size(), 2);
  EXPECT_EQ(train.weights_sha256(), Sha256(weights));

  ExpectRefused(Evaluate(),
                absl::StrCat("$D/w: expected trained weights, found a run that "
                             "failed: ",
                             train.failed()),
                {"e"});
  ExpectRefused(
      Evaluate("323133", "--failure_as_record --predictions_out=$D/p"),
      "$D/w: --predictions_out: expected trained weights", {"e", "p"});
  const CommandResult evaluated = Evaluate("323133", "--failure_as_record");
  ASSERT_EQ(evaluated.code, 0) << evaluated.errors;
  EvaluationRecord record;
  ASSERT_TRUE(ParseRecord("e", Read("e"), &record).ok());
  EXPECT_EQ(record.failed(), train.failed());
  EXPECT_EQ(record.suite(), "tiny");
  EXPECT_EQ(record.seed(), 4);
  EXPECT_EQ(record.skeleton().channels(), 8);
  EXPECT_EQ(record.attacks_size(), 0);
  EXPECT_EQ(record.provenance().inputs_size(), 3);
  ASSERT_EQ(std::remove(Path("e").c_str()), 0);
  ExpectRefused(Evaluate("333133", "--failure_as_record"),
                "$D/w: field metadata.cell: expected 333133, found 323133",
                {"e"});

  ASSERT_EQ(Train("2581", "--failure_as_record").code, 0);
  EXPECT_EQ(Read("w"), weights);
  EXPECT_EQ(Read("t"), train_record);
  // A run that does not fail is none the worse for it.
  Write("recipe", kTinyRecipe);
  ASSERT_EQ(Train().code, 0);
  const std::string good = Read("w");
  ASSERT_EQ(Train("323133", "--failure_as_record").code, 0);
  EXPECT_EQ(Read("w"), good);
}

}  // namespace
}  // namespace robbench
