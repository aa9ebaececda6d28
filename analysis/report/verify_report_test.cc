#include "analysis/report/verify_report.h"

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "analysis/claims/claims.pb.h"
#include "analysis/collect/synthetic_records.h"
#include "analysis/report/manifest.h"
#include "analysis/report/manifest.pb.h"
#include "analysis/statistics/statistics.pb.h"
#include "analysis/table/table.pb.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "nas/base/digest.h"
#include "nas/base/file.h"
#include "nas/base/provenance.pb.h"
#include "nas/base/record.h"
#include "ntk/theory/theory.pb.h"

namespace robbench {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kRecipe[] = "epochs: 4\n";
constexpr char kSpec[] = "best_count: 5\n";

// The report has a page, a table of one benchmark and its statistics.
class VerifyReportTest : public testing::Test {
 protected:
  void SetUp() override {
    directory_ = absl::StrCat(
        testing::TempDir(), "/",
        testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(directory_);
    fs::create_directories(directory_ + "/tables");
    fs::create_directories(directory_ + ".sources");
    Table table;
    *table.mutable_provenance() =
        MakeProvenance("analysis:collect", "", {{"records", "digests"}});
    Benchmark& benchmark = *table.add_benchmarks();
    benchmark.mutable_dataset()->set_name("cifar10");
    benchmark.mutable_dataset()->set_classes(10);
    benchmark.set_numeric_profile("portable");
    benchmark.set_train_images(50000);
    InputDigest& recipe = *table.add_inputs();
    recipe.set_role("recipe");
    recipe.set_sha256(Sha256(kRecipe));
    const SyntheticOptions options = TwentyCells();
    *benchmark.mutable_recipe() =
        SyntheticTraining(options, options.codes[0], 0).recipe();
    table_ = SerializeRecord(table);
    Statistics statistics;
    *statistics.mutable_provenance() =
        MakeProvenance("analysis:statistics", "",
                       {{"table", table_}, {"spec", std::string(kSpec)}});
    statistics.mutable_spec()->set_ranking_metric("pgd_8");
    CellClasses& classes = *statistics.mutable_classes();
    classes.set_rows(20);
    classes.set_without_zero_terms(20);
    classes.set_flattened(20);
    classes.set_networks(20);
    statistics_ = SerializeRecord(statistics);
    Write("index.html", "<!DOCTYPE html>");
    Write("tables/statistics.binpb", statistics_);
    Write("tables/table.binpb", table_);
    ASSERT_TRUE(WriteFile(directory_ + ".sources/recipe", kRecipe).ok());
    ASSERT_TRUE(WriteFile(directory_ + ".sources/spec", kSpec).ok());
    manifest_ = Make();
    Write(kManifestName, ManifestText(manifest_));
  }

  Manifest Make(const std::string& profile = "portable") {
    const auto manifest = MakeManifest(
        profile,
        {{"specs/spec", directory_ + ".sources/spec"},
         {"specs/recipe", directory_ + ".sources/recipe"}},
        {{"tables/statistics.binpb", directory_ + "/tables/statistics.binpb"},
         {"tables/table.binpb", directory_ + "/tables/table.binpb"},
         {"index.html", directory_ + "/index.html"}});
    EXPECT_TRUE(manifest.ok()) << manifest.status();
    return *manifest;
  }

  void Write(const std::string& name, const std::string& bytes) {
    ASSERT_TRUE(WriteFile(directory_ + "/" + name, bytes).ok());
  }

  // Returns "file: what" of every finding.
  std::vector<std::string> Findings() {
    const auto found = VerifyReport(directory_);
    EXPECT_TRUE(found.ok()) << found.status();
    std::vector<std::string> findings;
    for (const auto& finding : found->findings) {
      findings.push_back(absl::StrCat(finding.file, ": ", finding.what));
    }
    return findings;
  }

  // Returns the error of a manifest that `change` changed.
  std::string Refused(const std::function<void(Manifest&)>& change) {
    Manifest manifest = manifest_;
    change(manifest);
    Write(kManifestName, ManifestText(manifest));
    return std::string(VerifyReport(directory_).status().message());
  }

  std::string directory_, table_, statistics_;
  Manifest manifest_;
};

TEST_F(VerifyReportTest, AllAsTheManifestSays) {
  const auto found = VerifyReport(directory_);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_THAT(found->findings, IsEmpty());
  EXPECT_EQ(found->files, 3);
  EXPECT_EQ(found->bytes, 15 + statistics_.size() + table_.size());
  EXPECT_EQ(found->manifest_sha256, Sha256(ManifestText(manifest_)));
}

TEST_F(VerifyReportTest, EveryChangedByteOfEveryFile) {
  const std::string page = "<!DOCTYPE html>";
  for (size_t i = 0; i < page.size(); ++i) {
    std::string changed = page;
    changed[i] ^= 1;
    Write("index.html", changed);
    EXPECT_THAT(Findings(), ElementsAre("index.html: changed")) << i;
  }
  Write("index.html", page + "\n");
  Write("tables/statistics.binpb", statistics_.substr(1));
  EXPECT_THAT(Findings(), ElementsAre("index.html: changed",
                                      "tables/statistics.binpb: changed"));
}

TEST_F(VerifyReportTest, MissingAndExtraFiles) {
  Write(".DS_Store", "Bud1");
  EXPECT_THAT(Findings(), IsEmpty());
  EXPECT_THAT(VerifyReport(directory_)->extra, ElementsAre(".DS_Store"));
  fs::remove(directory_ + "/index.html");
  Write("tables/notes.txt", "");
  fs::create_directories(directory_ + "/deep/er");
  Write("deep/er/.hidden", "x");
  fs::create_symlink("/", directory_ + "/root");
  EXPECT_THAT(Findings(), ElementsAre("index.html: missing"));
  EXPECT_THAT(
      VerifyReport(directory_)->extra,
      ElementsAre(".DS_Store", "deep/er/.hidden", "root", "tables/notes.txt"));
  fs::create_symlink(directory_ + "/tables/statistics.binpb",
                     directory_ + "/index.html");
  EXPECT_THAT(Findings(), testing::Contains("index.html: changed"));
}

TEST_F(VerifyReportTest, RecordsOfAnotherOriginThanTheManifestSays) {
  // The statistics were not made from these inputs.
  ASSERT_TRUE(WriteFile(directory_ + ".sources/spec", "best_count: 6\n").ok());
  Write(kManifestName, ManifestText(Make()));
  EXPECT_THAT(Findings(), ElementsAre("tables/statistics.binpb: foreign"));
  ASSERT_TRUE(WriteFile(directory_ + ".sources/recipe", "epochs: 5\n").ok());
  Write(kManifestName, ManifestText(Make()));
  EXPECT_THAT(Findings(), ElementsAre("tables/statistics.binpb: foreign",
                                      "tables/table.binpb: foreign"));
}

TEST_F(VerifyReportTest, ClaimsOfAnotherOrigin) {
  const auto findings = [&](const std::string& statistics) {
    Claims claims;
    *claims.mutable_provenance() = MakeProvenance(
        "analysis/claims:claims", "",
        {{"table", table_}, {"statistics", statistics}, {"evaluation", "e"}});
    const std::string bytes = SerializeRecord(claims);
    Write("tables/claims.binpb", bytes);
    Manifest manifest = manifest_;
    FileDigest& output = *manifest.add_outputs();
    output.set_name("tables/claims.binpb");
    output.set_bytes(bytes.size());
    output.set_sha256(Sha256(bytes));
    std::sort(manifest.mutable_outputs()->begin(),
              manifest.mutable_outputs()->end(),
              [](const FileDigest& a, const FileDigest& b) {
                return a.name() < b.name();
              });
    Write(kManifestName, ManifestText(manifest));
    return Findings();
  };
  EXPECT_THAT(findings(statistics_), IsEmpty());
  EXPECT_THAT(findings("of another table"),
              ElementsAre("tables/claims.binpb: foreign"));
}

// One study of the theory was made from kSpec, and one from another
// specification.
TEST_F(VerifyReportTest, StudiesOfAnotherOrigin) {
  BoundStudyRecord study;
  *study.mutable_provenance() =
      MakeProvenance("ntk/theory:bound_study", "portable",
                     {{"dataset", "tensors"}, {"spec", std::string(kSpec)}});
  study.set_dataset("fashion_mnist");
  BoundStudySpec& spec = *study.mutable_spec();
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(
      R"pb(
        width: 8
        negative_class: 0
        positive_class: 1
        train_images: 1
        test_images: 1
        repeats: 2
        delta: 0.5
        training {
          learning_rate: 1
          epochs: 1
          batch_size: 1
          attack {
            norm: L2
            epsilon: 1
            step_size: 1
            steps: 1
            random_start: false
          }
        }
      )pb",
      &spec));
  const std::string name = "tables/bound_study.binpb";
  const auto findings = [&](const std::string& bytes) {
    Write(name, bytes);
    Manifest manifest = manifest_;
    FileDigest output;
    output.set_name(name);
    output.set_sha256(Sha256(bytes));
    output.set_bytes(bytes.size());
    // Outputs are sorted, so this one comes behind index.html.
    *manifest.add_outputs() = output;
    for (int i = manifest.outputs_size() - 1; i > 1; --i) {
      manifest.mutable_outputs()->SwapElements(i, i - 1);
    }
    Write(kManifestName, ManifestText(manifest));
    return Findings();
  };
  EXPECT_THAT(findings(SerializeRecord(study)), IsEmpty());
  EXPECT_THAT(findings("no record"), ElementsAre(name + ": foreign"));
  *study.mutable_provenance() = MakeProvenance(
      "ntk/theory:bound_study", "portable", {{"spec", "width: 9\n"}});
  EXPECT_THAT(findings(SerializeRecord(study)),
              ElementsAre(name + ": foreign"));
}

TEST_F(VerifyReportTest, AnotherTableOrProfileThanTheRecordsSay) {
  Write(kManifestName, ManifestText(Make("native")));
  EXPECT_THAT(Findings(), ElementsAre("tables/table.binpb: foreign"));
  Table table;
  ASSERT_TRUE(table.ParseFromString(table_));
  table.mutable_benchmarks(0)->set_train_images(49999);
  Write("tables/table.binpb", SerializeRecord(table));
  Write(kManifestName, ManifestText(Make()));
  EXPECT_THAT(Findings(), ElementsAre("tables/statistics.binpb: foreign"));
}

TEST_F(VerifyReportTest, RefusesManifestsThatCannotBeTrue) {
  EXPECT_THAT(Refused([](Manifest& m) { m.set_schema_version(9); }),
              HasSubstr("field schema_version: expected 1, found 9"));
  EXPECT_THAT(Refused([](Manifest& m) { m.clear_outputs(); }),
              HasSubstr("field outputs: expected at least one"));
  for (const char* name :
       {"/etc/passwd", "../index.html", "a/../../b", "a//b", "", ".", "a\nb"}) {
    EXPECT_THAT(
        Refused([&](Manifest& m) { m.mutable_outputs(0)->set_name(name); }),
        HasSubstr("expected a path inside the directory"))
        << name;
  }
  EXPECT_THAT(Refused([](Manifest& m) { *m.add_outputs() = m.outputs(0); }),
              HasSubstr("ascending names, each once"));
  EXPECT_THAT(Refused([](Manifest& m) {
                m.mutable_inputs(0)->set_sha256(std::string(64, 'A'));
              }),
              HasSubstr("field inputs[specs/recipe].sha256"));
  EXPECT_THAT(Refused([](Manifest& m) {
                m.mutable_outputs(0)->set_name(kManifestName);
              }),
              HasSubstr("any file but the manifest"));
}

TEST_F(VerifyReportTest, RefusesWhatIsNoManifest) {
  Write(kManifestName, "{\"outputs\": []}");
  EXPECT_FALSE(VerifyReport(directory_).ok());
  Write(kManifestName, ManifestText(manifest_) + "colour: 3\n");
  EXPECT_THAT(std::string(VerifyReport(directory_).status().message()),
              HasSubstr("colour"));
  fs::remove(directory_ + "/" + kManifestName);
  EXPECT_EQ(VerifyReport(directory_).status().code(),
            absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace robbench
