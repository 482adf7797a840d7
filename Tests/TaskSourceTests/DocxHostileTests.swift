import Spool
import TaskSource
import Testing

@Suite(.timeLimit(.minutes(5))) struct DocxHostileTests {
    private var sources: Sources

    init() throws { sources = try Sources() }

    private func fault(_ bytes: [UInt8]) -> String? { sources.fault(bytes, as: "x.docx") }

    private func damaged(_ text: String) -> String { "the document can't be read: " + text }

    @Test func bomb_isRefused_beforeItIsUnpacked() throws {
        let big = [UInt8](repeating: 0x20, count: 20 << 20)
        let bomb = try Docx.make(Docx.p("x"), others: [("word/media.bin", big)])
        #expect(bomb.count < 100_000)
        #expect(fault(bomb) == damaged("it unpacks to more than 100 times its size; that is no document for a task"))
        let twice = try Docx.make(Docx.p("x"), others: (0..<3).map { ("\($0)", big) })
        #expect(fault(twice) == damaged("it unpacks to more than 52428800 bytes; make it smaller"))
    }

    @Test func size_thatLies_doesNotHelp() throws {
        var sources = sources
        sources.limits.docxUnpackedBytes = 100_000
        var bytes = try Docx.make(String(repeating: Docx.p("x"), count: 20_000))
        // Uncompressed size: at 22 in the local header, at 24 in the directory.
        for (signature, offset) in [([0x50, 0x4B, 0x03, 0x04], 22), ([0x50, 0x4B, 0x01, 0x02], 24)] as [([UInt8], Int)]
        {
            let start = try #require(bytes.indices.first { bytes[$0...].starts(with: signature) })
            bytes.replaceSubrange(start + offset..<start + offset + 4, with: [100, 0, 0, 0])
        }
        let fault = try #require(sources.fault(bytes, as: "x.docx"))
        #expect(fault.hasPrefix("the document can't be read: "))
    }

    @Test func entries_areCounted() throws {
        let many = try Docx.make(Docx.p("x"), others: (0..<100).map { ("e\($0)", [1]) })
        #expect(fault(many) == damaged("it has more than 100 entries; that is no document for a task"))
    }

    @Test func endRecord_thatClaimsMoreThanThereIs_isRefused() throws {
        var bytes = try Docx.make(Docx.p("x"))
        let end = bytes.count - 22
        bytes.replaceSubrange(end + 8..<end + 12, with: [0xFF, 0xFF, 0xFF, 0xFF])
        #expect(fault(bytes) == damaged("it has more than 100 entries; that is no document for a task"))
    }

    @Test func zip64_isRefused() throws {
        var bytes = try Docx.make(Docx.p("x"))
        let locator: [UInt8] = [0x50, 0x4B, 0x06, 0x07] + [UInt8](repeating: 0, count: 16)
        bytes.insert(contentsOf: locator, at: bytes.count - 22)
        #expect(fault(bytes) == damaged("it has more than 100 entries; that is no document for a task"))
    }

    @Test func documentType_isRefused_inEveryEncoding() throws {
        let text =
            "<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>"
            + "<w:document \(Docx.namespace)><w:body><w:p><w:r><w:t>&e;</w:t></w:r></w:p></w:body></w:document>"
        let expected = damaged("word/document.xml has a document type declaration (<!DOCTYPE); save the document again")
        #expect(fault(try Docx.zip([("word/document.xml", Array(text.utf8))])) == expected)
        var little: [UInt8] = [0xFF, 0xFE]
        var big: [UInt8] = [0xFE, 0xFF]
        for unit in text.utf16 {
            little += [UInt8(unit & 0xFF), UInt8(unit >> 8)]
            big += [UInt8(unit >> 8), UInt8(unit & 0xFF)]
        }
        #expect(fault(try Docx.zip([("word/document.xml", little)])) == expected)
        #expect(fault(try Docx.zip([("word/document.xml", big)])) == expected)
        let styles = try Docx.make(Docx.p("x"), others: [("word/styles.xml", Array(text.utf8))])
        #expect(
            fault(styles)
                == damaged("word/styles.xml has a document type declaration (<!DOCTYPE); save the document again"))
    }

    @Test func encoding_thatTheDeclarationNames_isNotBelieved() throws {
        // In UTF-7 this would be a document type declaration.
        let text = "<?xml version=\"1.0\" encoding=\"UTF-7\"?>+ADwAIQ-DOCTYPE x+AD4-<x/>"
        let fault = try #require(fault(try Docx.zip([("word/document.xml", Array(text.utf8))])))
        #expect(fault == damaged("word/document.xml is not well-formed XML (line 1); save the document again"))
    }

    @Test func entities_thatNobodyDeclared_areRefused() throws {
        let fault = try #require(fault(try Docx.make("<w:p><w:r><w:t>&boom;</w:t></w:r></w:p>")))
        #expect(fault.hasPrefix(damaged("word/document.xml is not well-formed XML")))
    }

    @Test func depth_isBounded() throws {
        let deep = String(repeating: "<w:sdt>", count: 200) + String(repeating: "</w:sdt>", count: 200)
        #expect(
            fault(try Docx.make(deep))
                == damaged("word/document.xml has elements nested more than 100 deep; make the document simpler")
        )
    }

    @Test func elements_areCounted() throws {
        var sources = sources
        sources.limits.docxRatio = 10_000
        let bytes = try Docx.make(String(repeating: "<w:p/>", count: 300_001))
        #expect(
            sources.fault(bytes, as: "x.docx")
                == damaged("word/document.xml has more than 300000 elements; make the document simpler")
        )
    }

    @Test func attributes_areCounted() throws {
        var sources = sources
        sources.limits.docxRatio = 10_000
        let attributes = (0..<500_000).map { " a\($0)='>'" }.joined()
        #expect(
            sources.fault(try Docx.make("<!-- <x --><![CDATA[ <x ]]><w:p\(attributes)/>"), as: "x.docx")
                == damaged("word/document.xml has an element with more than 100 attributes; save the document again")
        )
    }

    @Test func encrypted_isRefused() throws {
        let entries = [("word/document.xml", Docx.xml("<x/>"))]
        #expect(
            fault(try Docx.zip(entries, password: "secret")) == damaged("it is encrypted; save it without a password"))
        let protected: [UInt8] = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1] + [UInt8](repeating: 0, count: 600)
        #expect(
            fault(protected)
                == damaged("it is an old .doc, or protected with a password; save it as .docx without a password")
        )
    }

    @Test func names_leadNowhere() throws {
        let outside = try Docx.make(
            Docx.p("x"), others: [("../evil", [1]), ("/tmp/evil", [1]), ("word/../../evil", [1])])
        #expect(try sources.read(outside, as: "x.docx").goal == "x")
    }

    @Test func entryTwice_isRefused() throws {
        var bytes = try Docx.make(Docx.p("x"), others: [("word/documenX.xml", [1])])
        for index in bytes.indices where bytes[index...].starts(with: Array("documenX".utf8)) {
            bytes[index + 7] = UInt8(ascii: "t")
        }
        #expect(fault(bytes) == damaged("its container (zip) has an entry twice; save the document again"))
    }

    @Test func whatIsNoDocument_isRefused() throws {
        #expect(
            fault(Array("Just text".utf8)) == damaged("it is no .docx document (no zip container); save it as .docx"))
        #expect(fault([0x50, 0x4B]) == damaged("it is no .docx document (no zip container); save it as .docx"))
        #expect(fault(try Docx.zip([("other", [1])])) == damaged("it has no word/document.xml; save it as .docx"))
        #expect(
            fault(try Docx.zip([("word/document.xml", Docx.xml("<w:document \(Docx.namespace)/>"))]))
                == damaged("word/document.xml has no body; save the document again")
        )
        #expect(
            fault(try Docx.zip([("word/document.xml", [])]))
                == damaged("word/document.xml is not well-formed XML (line 1); save the document again")
        )
        #expect(
            fault(try Docx.zip([("word/document.xml", [0xC3, 0x28])]))
                == damaged("word/document.xml is neither UTF-8 nor UTF-16; save the document again")
        )
    }

    @Test func truncated_isRefused_atEveryLength() throws {
        let whole = try Docx.make(Docx.p("x"))
        for length in 1..<whole.count {
            #expect(fault(Array(whole[..<length]))?.hasPrefix("the document can't be read: ") == true)
        }
        #expect(
            fault(Array(whole[..<(whole.count - 30)]))
                == damaged("its end is missing; copy or save the document again")
        )
    }

    @Test func damagedContent_isFound() throws {
        var bytes = try Docx.make(Docx.p(String((0..<500).map { Character(Unicode.Scalar(97 + $0 % 26) ?? "a") })))
        bytes[60] ^= 0x55
        #expect(fault(bytes)?.hasPrefix(damaged("word/document.xml can't be unpacked: ")) == true)
    }
}
