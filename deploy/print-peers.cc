// Other decoders of QR codes, for `make bench-print`: reads the names of P5
// pictures from standard input, a line each, decodes each in memory in this one
// thread, and answers each with a JSON line
//   {"ms":1.234,"codes":[{"text":"hex of UTF-8","bytes":"hex"}]}
// usage: print-peers zxing|zbar     print-peers list: what is built in
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#ifdef HAVE_ZBAR
#include <zbar.h> // before ZXing, which defines Error as a macro
#endif
#ifdef HAVE_ZXING
#define ZX_USE_UTF8 1
#include <ZXing/ReadBarcode.h>
#endif

struct Picture {
    int width = 0, height = 0;
    std::vector<uint8_t> pixels;
};

struct Code {
    std::string text, bytes;
};

static bool load(const std::string& name, Picture& p) {
    std::ifstream in(name, std::ios::binary);
    std::string magic;
    int most = 0;
    if (!(in >> magic >> p.width >> p.height >> most) || magic != "P5" || most != 255) return false;
    in.get();
    p.pixels.resize(size_t(p.width) * p.height);
    return bool(in.read(reinterpret_cast<char*>(p.pixels.data()), std::streamsize(p.pixels.size())));
}

#ifdef HAVE_ZXING
// As its documentation has it for one kind of code, with the thorough search
// that is its default: turned, smaller, harder.
static std::vector<Code> readZXing(const Picture& p) {
    ZXing::DecodeHints hints;
    hints.setFormats(ZXing::BarcodeFormat::QRCode).setTryHarder(true).setTryRotate(true).setTryDownscale(true);
    auto r = ZXing::ReadBarcode({p.pixels.data(), p.width, p.height, ZXing::ImageFormat::Lum}, hints);
    if (!r.isValid()) return {};
    return {{r.text(), std::string(r.bytes().begin(), r.bytes().end())}};
}
#endif

#ifdef HAVE_ZBAR
// Binary, because its text mode guesses at the characters of Vietnamese.
static std::vector<Code> readZBar(const Picture& p) {
    using namespace zbar;
    static zbar_image_scanner_t* scanner = nullptr;
    if (!scanner) {
        scanner = zbar_image_scanner_create();
        zbar_image_scanner_set_config(scanner, ZBAR_NONE, ZBAR_CFG_ENABLE, 0);
        zbar_image_scanner_set_config(scanner, ZBAR_QRCODE, ZBAR_CFG_ENABLE, 1);
        zbar_image_scanner_set_config(scanner, ZBAR_QRCODE, ZBAR_CFG_BINARY, 1);
    }
    zbar_image_t* image = zbar_image_create();
    zbar_image_set_format(image, zbar_fourcc('Y', '8', '0', '0'));
    zbar_image_set_size(image, unsigned(p.width), unsigned(p.height));
    zbar_image_set_data(image, p.pixels.data(), p.pixels.size(), nullptr);
    std::vector<Code> codes;
    if (zbar_scan_image(scanner, image) > 0)
        for (auto s = zbar_image_first_symbol(image); s; s = zbar_symbol_next(s)) {
            std::string data(zbar_symbol_get_data(s), zbar_symbol_get_data_length(s));
            codes.push_back({data, data});
        }
    zbar_image_destroy(image);
    return codes;
}
#endif

static void printHex(const std::string& s) {
    for (unsigned char c : s) std::printf("%02x", c);
}

int main(int argc, char** argv) {
    std::string which = argc == 2 ? argv[1] : "";
    std::vector<Code> (*decode)(const Picture&) = nullptr;
#ifdef HAVE_ZXING
    if (which == "list") std::puts("zxing");
    if (which == "zxing") decode = readZXing;
#endif
#ifdef HAVE_ZBAR
    if (which == "list") std::puts("zbar");
    if (which == "zbar") decode = readZBar;
#endif
    if (which == "list") return 0;
    if (!decode) {
        std::fprintf(stderr, "print-peers: \"%s\" is not built in\n", which.c_str());
        return 2;
    }
    for (std::string name; std::getline(std::cin, name);) {
        Picture p;
        if (!load(name, p)) {
            std::fprintf(stderr, "print-peers: %s is no P5 picture\n", name.c_str());
            return 1;
        }
        auto begin = std::chrono::steady_clock::now();
        auto codes = decode(p);
        std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
        std::printf("{\"ms\":%.3f,\"codes\":[", took.count());
        for (size_t i = 0; i < codes.size(); i++) {
            std::printf("%s{\"text\":\"", i ? "," : "");
            printHex(codes[i].text);
            std::printf("\",\"bytes\":\"");
            printHex(codes[i].bytes);
            std::printf("\"}");
        }
        std::puts("]}");
        std::fflush(stdout);
    }
}
