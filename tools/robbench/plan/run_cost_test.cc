// What is counted are the bytes of the files that the programs write: those of
// //tools/tests/tiny.
#include "tools/robbench/plan/run_cost.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "nas/base/file.h"
#include "nas/base/text_proto.h"
#include "nas/cell.h"
#include "ntk/ntk.pb.h"
#include "training/attack_suite.pb.h"
#include "training/recipe.pb.h"
#include "training/records.pb.h"

namespace robbench {
namespace {

int64_t FileBytes(const std::string& stage, const std::string& cell,
                  uint32_t seed, const std::string& suffix) {
  const auto bytes =
      ReadFile(absl::StrCat("tools/tests/tiny/tiny_", stage, "/cell_", cell,
                            "_seed_", seed, ".", suffix));
  EXPECT_TRUE(bytes.ok()) << bytes.status();
  return bytes.ok() ? static_cast<int64_t>(bytes->size()) : -1;
}

TEST(RunCostTest, BytesAreThoseOfTheFiles) {
  // tools/tests/tiny/testdata/tiny_dataset.textproto
  const PlannedImages images = {.name = "fashion_mnist_tiny",
                                .classes = 10,
                                .channels = 1,
                                .size = 8,
                                .train_images = 320,
                                .test_images = 100};
  const auto recipe =
      ReadTextProto<Recipe>("tools/tests/tiny/testdata/tiny_recipe.textproto");
  ASSERT_TRUE(recipe.ok()) << recipe.status();
  const auto suite =
      ReadTextProto<AttackSuite>("training/specs/mini_suite.textproto");
  ASSERT_TRUE(suite.ok()) << suite.status();
  const auto ntk = ReadTextProto<NtkSpec>("ntk/specs/mini.textproto");
  ASSERT_TRUE(ntk.ok()) << ntk.status();
  NetworkSizes sizes(recipe->message.skeleton(), images);
  TrainRecord training = RecordOfTraining(images, recipe->message);
  EvaluationRecord evaluation =
      RecordOfEvaluation(images, recipe->message, suite->message);
  for (const std::string name : {"10", "45", "894", "1835", "2581", "4317"}) {
    const Cell cell = *ParseCell(name);
    for (const uint32_t seed : {0, 1}) {
      SCOPED_TRACE(absl::StrCat(name, " ", seed));
      const auto weights = sizes.WeightsBytes(cell, seed);
      ASSERT_TRUE(weights.ok()) << weights.status();
      EXPECT_EQ(*weights,
                FileBytes("training", name, seed, "weights.safetensors"));
      const auto cost = sizes.CostOf(cell);
      ASSERT_TRUE(cost.ok()) << cost.status();
      EXPECT_EQ(RecordBytes(cell, seed, *cost, training),
                FileBytes("training", name, seed, "train.binpb"));
      // Counts of images may take a byte less, a failed check's reason more.
      EXPECT_NEAR(RecordBytes(cell, seed, evaluation),
                  FileBytes("evaluation", name, seed, "eval.binpb"), 200);
      EXPECT_NEAR(NtkRecordBytes(ntk->message),
                  FileBytes("ntk", name, seed, "ntk.binpb"),
                  0.1 * NtkRecordBytes(ntk->message));
    }
  }
}

}  // namespace
}  // namespace robbench
