// Tests //ntk:score_proxies by running it as a user does.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nas/base/digest.h"
#include "nas/base/file.h"
#include "nas/base/record.h"
#include "ntk/proxies/proxies.pb.h"
#include "training/dataset/dataset.h"
#include "training/dataset/noise_dataset.h"

namespace robbench {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string Path(const std::string& name) {
  return testing::TempDir() + "/" + name;
}

constexpr absl::string_view kAttacks =
    "attacks { name: \"fgsm_8\" fgsm { epsilon: 8 } } "
    "attacks { name: \"pgd_8\" pgd { epsilon: 8 step_size: 2 steps: 3 "
    "random_start: true } } ";

// All scores of a small network.
std::string Spec(const std::string& images,
                 absl::string_view attacks = kAttacks) {
  std::string spec = absl::StrCat(
      "skeleton { channels: 4 cells_per_stage: 1 } images: ", images, " ",
      attacks);
  for (int score = ProxySpec::Score_MIN; score <= ProxySpec::Score_MAX;
       ++score) {
    absl::StrAppend(
        &spec, " score: ",
        ProxySpec::Score_Name(static_cast<ProxySpec::Score>(score)));
  }
  return spec;
}

std::string SpecWith(const std::string& from, const std::string& to) {
  const std::string spec = Spec("8");
  const std::string changed = absl::StrReplaceAll(spec, {{from, to}});
  EXPECT_NE(spec, changed) << from;
  return changed;
}

struct Outcome {
  int exit_code;
  std::string error;
};

class ScoreProxiesTest : public testing::Test {
 protected:
  void SetUp() override {
    // 1x8x8 images, four classes, three of each.
    Write("d.safetensors", SerializeDataset(NoiseDataset(12, /*size=*/8)));
    Write("spec.textproto", Spec("8"));
    unlink(Path("r.binpb").c_str());
  }

  static void Write(const std::string& name, const std::string& bytes) {
    ASSERT_TRUE(WriteFile(Path(name), bytes).ok());
  }

  // `flags` come last and so override.
  static Outcome Score(const std::string& flags,
                       const std::string& environment = "") {
    const std::string command = absl::StrCat(
        environment,
        " ntk/proxies/score_proxies --dataset=", Path("d.safetensors"),
        " --cell=323133 --seed=3 --spec=", Path("spec.textproto"),
        " --record_out=", Path("r.binpb"), " ", flags, " 2>", Path("stderr"));
    const int status = std::system(command.c_str());
    return {WEXITSTATUS(status), ReadFile(Path("stderr")).value_or("")};
  }

  // Expects exit code `code`, a message that holds `parts`, and no output.
  static void ExpectRefused(const std::string& flags, int code,
                            const std::vector<std::string>& parts) {
    const Outcome run = Score(flags);
    EXPECT_EQ(run.exit_code, code) << flags << "\n" << run.error;
    for (const std::string& part : parts) {
      EXPECT_THAT(run.error, HasSubstr(part)) << flags;
    }
    EXPECT_FALSE(ReadFile(Path("r.binpb")).ok()) << flags;
  }

  static void ExpectSpecRefused(const std::string& spec,
                                const std::vector<std::string>& parts) {
    Write("spec.textproto", spec);
    ExpectRefused("", 1, parts);
  }

  // The record of a run that must succeed.
  static ProxyRecord Record(const std::string& flags) {
    const Outcome run = Score(flags);
    EXPECT_EQ(run.exit_code, 0) << flags << "\n" << run.error;
    const auto record = ReadRecord<ProxyRecord>(Path("r.binpb"));
    EXPECT_TRUE(record.ok()) << record.status();
    return record.value_or(ProxyRecord());
  }

  static std::map<std::string, double> Values(const ProxyRecord& record) {
    std::map<std::string, double> values;
    for (const ProxyScore& score : record.scores()) {
      EXPECT_TRUE(values
                      .emplace(absl::StrCat(score.score(), "/", score.images()),
                               score.value())
                      .second);
    }
    return values;
  }
};

TEST_F(ScoreProxiesTest, RecordSaysWhatWasDone) {
  const ProxyRecord record = Record("");
  EXPECT_EQ(record.provenance().producer(), "ntk:score_proxies");
  EXPECT_EQ(record.provenance().numeric_profile(), "portable");
  ASSERT_EQ(record.provenance().inputs_size(), 2);
  EXPECT_EQ(record.provenance().inputs(0).role(), "dataset");
  EXPECT_EQ(record.provenance().inputs(0).sha256(),
            Sha256(*ReadFile(Path("d.safetensors"))));
  EXPECT_EQ(record.provenance().inputs(1).role(), "spec");
  EXPECT_EQ(record.provenance().inputs(1).sha256(), Sha256(Spec("8")));
  EXPECT_EQ(record.dataset(), "noise");
  EXPECT_EQ(record.cell().index(), 2581);
  EXPECT_EQ(record.seed(), 3);
  EXPECT_EQ(record.spec().attacks(1).pgd().restarts(), 1);  // the default
  EXPECT_TRUE(record.spec().attacks(1).pgd().has_restarts());
  EXPECT_THAT(record.flags(), IsEmpty());

  // 10 counts, 3 scores of no images, 11 of three sets, 2 of two.
  const std::map<std::string, double> values = Values(record);
  EXPECT_EQ(values.size(), 10 + 3 + 11 * 3 + 2 * 2);
  EXPECT_EQ(values.at("count_none/"), 0);
  EXPECT_EQ(values.at("count_skip_connect/"), 1);
  EXPECT_EQ(values.at("count_nor_conv_1x1/"), 1);
  EXPECT_EQ(values.at("count_nor_conv_3x3/"), 4);
  EXPECT_EQ(values.at("count_avg_pool_3x3/"), 0);
  EXPECT_EQ(values.at("paths/"), 4);
  EXPECT_EQ(values.at("longest_path/"), 3);
  EXPECT_EQ(values.at("longest_path_convolutions/"), 3);
  // Of cells at C: 4 (9 C^2) + C^2 and 5 BatchNorms of 2C; C = 4, 8, 16. Stem
  // 4 * 9 + 8, residual blocks 9 * (4 * 8 + 64) + 32 + 32 and 9 * (8 * 16 +
  // 256) + 128 + 64, head 32 + 16 * 4 + 4.
  EXPECT_EQ(values.at("parameters/"),
            37 * (16 + 64 + 256) + 10 * (4 + 8 + 16) + 44 + 928 + 3648 + 100);
  EXPECT_GT(values.at("snip/clean"), 0);
  EXPECT_NE(values.at("snip/clean"), values.at("snip/pgd_8"));
  EXPECT_EQ(values.at("linear_regions/clean"), 8);
  EXPECT_GT(values.at("local_linearity/fgsm_8"), 0);
}

TEST_F(ScoreProxiesTest, SameInputsSameBytes) {
  ASSERT_EQ(Score("").exit_code, 0);
  const std::string record = *ReadFile(Path("r.binpb"));
  ASSERT_EQ(Score("--cell=2581", "TZ=Asia/Tokyo LC_ALL=C OMP_NUM_THREADS=2")
                .exit_code,
            0);
  EXPECT_EQ(*ReadFile(Path("r.binpb")), record);
  // Another seed: other weights, images and starts.
  const std::map<std::string, double> first = Values(Record(""));
  const std::map<std::string, double> second = Values(Record("--seed=4"));
  for (const auto& [name, value] : first) {
    if (absl::StartsWith(name, "linear_regions") ||
        !absl::StrContains(name, "/") || absl::StartsWith(name, "count") ||
        absl::StartsWith(name, "p") || absl::StartsWith(name, "longest") ||
        absl::StartsWith(name, "multiply")) {
      continue;
    }
    EXPECT_NE(second.at(name), value) << name;
  }
}

// An undefined score is NaN or infinite, and a flag says so.
TEST_F(ScoreProxiesTest, DeadCellsAreFlagged) {
  for (const char* cell : {"000000", "172", "030000"}) {
    const ProxyRecord record = Record(absl::StrCat("--cell=", cell));
    EXPECT_TRUE(
        std::count(record.flags().begin(), record.flags().end(), "dead_cell"))
        << cell;
    EXPECT_TRUE(std::is_sorted(record.flags().begin(), record.flags().end()));
    std::set<std::string> flags(record.flags().begin(), record.flags().end());
    flags.erase("dead_cell");
    for (const auto& [name, value] : Values(record)) {
      const std::string flag =
          "not_finite_" + (absl::EndsWith(name, "/")
                               ? name.substr(0, name.size() - 1)
                               : absl::StrReplaceAll(name, {{"/", "_"}}));
      EXPECT_EQ(flags.erase(flag), std::isfinite(value) ? 0 : 1) << flag;
    }
    EXPECT_THAT(flags, IsEmpty()) << cell;
    const std::map<std::string, double> values = Values(record);
    EXPECT_TRUE(std::isnan(values.at("jacobian_covariance/clean")));
    EXPECT_FALSE(std::signbit(values.at("jacobian_covariance/clean")));
    EXPECT_TRUE(std::isnan(values.at("epe_nas/pgd_8")));
    EXPECT_TRUE(std::isnan(values.at("local_linearity/fgsm_8")));
    EXPECT_EQ(values.at("input_gradient_norm/clean"), 0);
    EXPECT_EQ(values.at("synflow/"), 0);
    EXPECT_EQ(values.at("zen/"), -INFINITY);
    EXPECT_EQ(values.at("paths/"), 0);
    // Nothing to attack.
    EXPECT_EQ(values.at("snip/fgsm_8"), values.at("snip/clean"));
  }
}

TEST_F(ScoreProxiesTest, FewImages) {
  Write("spec.textproto",
        absl::StrReplaceAll(Spec("1"), {{"score: ZICO", ""}}));
  const ProxyRecord one = Record("");
  EXPECT_THAT(one.flags(),
              ElementsAre("more_classes_than_images", "one_image"));
  EXPECT_EQ(Values(one).at("linear_regions/clean"), 1);
  Write("spec.textproto",
        absl::StrReplaceAll(Spec("2"), {{"score: ZICO", ""}}));
  EXPECT_THAT(Record("").flags(), ElementsAre("more_classes_than_images"));
  unlink(Path("r.binpb").c_str());
  ExpectSpecRefused(
      Spec("3"),
      {"spec.textproto: field images: expected 4 or more", "ZICO", "found 3"});
  ExpectSpecRefused(
      Spec("0"), {"spec.textproto: field images: expected 1 to 12", "found 0"});
  ExpectSpecRefused(Spec("13"), {"noise has 12", "found 13"});
}

TEST_F(ScoreProxiesTest, OneClass) {
  Dataset dataset = NoiseDataset(12, /*size=*/8);
  for (int64_t& label : dataset.test.labels) label = 2;
  Write("d.safetensors", SerializeDataset(dataset));
  ExpectRefused("", 1,
                {"spec.textproto: field images: expected at least",
                 "of each class", "found 0 of class"});
  dataset.classes = 1;
  for (int64_t& label : dataset.test.labels) label = 0;
  for (int64_t& label : dataset.train.labels) label = 0;
  Write("d.safetensors", SerializeDataset(dataset));
  ExpectRefused("", 1, {"classes", "found 1"});
}

TEST_F(ScoreProxiesTest, EpsilonZeroIsClean) {
  Write("spec.textproto",
        absl::StrReplaceAll(Spec("8"), {{"epsilon: 8", "epsilon: 0"}}));
  const std::map<std::string, double> values = Values(Record(""));
  EXPECT_EQ(values.at("snip/fgsm_8"), values.at("snip/clean"));
  EXPECT_EQ(values.at("grasp/pgd_8"), values.at("grasp/clean"));
  EXPECT_LT(std::abs(values.at("local_linearity/pgd_8")), 1e-6);
}

TEST_F(ScoreProxiesTest, AFractionAsEpsilonIsWarnedOf) {
  Write("spec.textproto",
        absl::StrReplaceAll(Spec("8"), {{"epsilon: 8", "epsilon: 0.031"}}));
  const Outcome run = Score("");
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_THAT(run.error, HasSubstr("warning: "));
  EXPECT_THAT(run.error, HasSubstr("attacks[0] (fgsm_8)"));
}

TEST_F(ScoreProxiesTest, Spec) {
  ExpectSpecRefused(Spec("8") + " colour: 3", {"spec.textproto", "colour"});
  ExpectSpecRefused("images: 6", {"spec.textproto", "skeleton"});
  ExpectSpecRefused(SpecWith("score: SNIP", "score: SNAP"),
                    {"spec.textproto", "SNAP"});
  ExpectSpecRefused(
      Spec("8") + " score: SNIP",
      {"spec.textproto: field score: expected each once, found SNIP "
       "twice"});
  ExpectSpecRefused(
      "skeleton { channels: 4 cells_per_stage: 1 } images: 8",
      {"spec.textproto: field score: expected at least one, found none"});
  ExpectSpecRefused(SpecWith("channels: 4", "channels: 4294967295"),
                    {"channels: expected 1 to 1024"});
  ExpectSpecRefused(Spec("8", ""),
                    {"spec.textproto: field attacks: expected at least one for "
                     "LOCAL_LINEARITY, found none"});
}

TEST_F(ScoreProxiesTest, SpecsAttacks) {
  ExpectSpecRefused(
      SpecWith("epsilon: 8", "epsilon: -1"),
      {"spec.textproto: field attacks[0].fgsm.epsilon: expected 0 to "
       "255, found -1"});
  ExpectSpecRefused(SpecWith("epsilon: 8", "epsilon: nan"),
                    {"attacks[0].fgsm.epsilon", "found nan"});
  ExpectSpecRefused(SpecWith("steps: 3", "steps: 0"),
                    {"attacks[1].pgd.steps", "found 0"});
  ExpectSpecRefused(SpecWith("pgd_8", "FGSM_8"), {"attacks[1].name", "FGSM_8"});
  ExpectSpecRefused(SpecWith("fgsm_8", "clean"),
                    {"attacks[0].name: expected another name than that of the "
                     "clean images, found clean"});
  ExpectSpecRefused(SpecWith("fgsm { epsilon: 8 }", "clean {}"),
                    {"attacks[0].kind: expected an attack, found clean"});
  ExpectSpecRefused(
      SpecWith("fgsm { epsilon: 8 }",
               "group { attacks { name: \"a\" fgsm { epsilon: 8 } } }"),
      {"attacks[0].kind: expected an attack, found a group"});
  ExpectSpecRefused(SpecWith("fgsm_8", "a b"), {"attacks[0].name", "a b"});
}

TEST_F(ScoreProxiesTest, Command) {
  ExpectRefused("--cell=99999", 1, {"99999"});
  ExpectRefused("--device=tpu", 1, {"--device", "tpu"});
  ExpectRefused("--numeric_profile=fast", 1, {"fast", "portable"});
  ExpectRefused("--dataset=" + Path("absent"), 1, {"absent"});
  ExpectRefused("--spec=", 2, {"--spec"});
  ExpectRefused("--colour=3", 2, {"colour"});
  ExpectRefused("extra", 2, {"extra"});
  Write("d.safetensors", "not a data set");
  ExpectRefused("", 1, {"d.safetensors"});
}

// The specs of this repository, on the paper's skeleton.
TEST_F(ScoreProxiesTest, SpecsOfTheRepository) {
  Write("d.safetensors", SerializeDataset(NoiseDataset(64, /*size=*/8)));
  const std::map<std::string, double> all =
      Values(Record("--cell=131100 --spec=ntk/specs/proxies.textproto"));
  EXPECT_EQ(all.size(), 10 + 3 + 11 * 5 + 2 * 4);
  const std::map<std::string, double> quick =
      Values(Record("--cell=131100 --spec=ntk/specs/quick_proxies.textproto"));
  for (const auto& [name, value] : quick)
    EXPECT_EQ(value, all.at(name)) << name;
  EXPECT_LT(quick.size(), all.size());
}

}  // namespace
}  // namespace robbench
