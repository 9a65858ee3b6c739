# SPDX-License-Identifier: MIT
"""beacon advert: against the packets of the vectors, and with bytes from strangers."""
import random
import unittest

from support import RAN, USAGE, ToolTest, call
from test_derive import vectors

KINDS = {"android": "android", "iphone-foreground": "iphone-open",
         "iphone-background": "iphone-background",
         "iphone-background-other-app-too": "iphone-background"}


class Advert(ToolTest):
    def test_every_packet_of_the_vectors_is_recognised(self):
        identifiers = {tuple(line[:3]): line[4] for line in vectors("ID")}
        lines = vectors("ADV")
        self.assertEqual(len(lines), 5)
        for sender, name, day, slot, packet in lines:
            found = self.json("advert", "decode", packet)
            self.assertEqual(set(found),
                             {"kind", "identifier", "tx_power_dbm", "truncated", "fields"})
            self.assertEqual(found["kind"], KINDS[sender])
            self.assertEqual(found["identifier"], identifiers.get((name, day, slot)))
            self.assertEqual((found["tx_power_dbm"], found["truncated"]), (None, False))
            parts = "".join(f"{len(field['value']) // 2 + 1:02X}{field['type']:02X}{field['value']}"
                            for field in found["fields"])
            self.assertEqual(parts, packet)

    def test_packets_are_made_byte_for_byte(self):
        identifiers = {tuple(line[:3]): line[4] for line in vectors("ID")}
        packets = {tuple(line[:4]): line[4] for line in vectors("ADV")}
        for (sender, *which), packet in packets.items():
            if sender == "android":
                identifier = identifiers[tuple(which)]
                self.assertEqual(self.ran("advert", "encode", identifier), packet + "\n")
                self.assertEqual(self.ran("advert", "encode", "-", input=identifier.encode()),
                                 packet + "\n")
        for state in ("open", "background"):
            packet = self.ran("advert", "encode", "--iphone", state)
            self.assertIn(packet.strip(), packets.values())

    def test_text_tells_field_by_field(self):
        text = self.ran("advert", "decode", "02 01 02 0f:ff:b5:22 B9A665D754FE65E665D76A45 0303564E")
        for words in ("Android", "Identifier: B9A665D754FE65E665D76A45\n", "0x01 flags: 02\n",
                      "0xFF manufacturer data: 0x22B5 B9A665D754FE65E665D76A45\n",
                      "0x03 16-bit services: 0x4E56\n"):
            self.assertIn(words, text)
        text = self.ran("advert", "decode",
                        "020A F4 11 07 67A607ADD1172FA1C44BF573564E0000 0909 426C75657A6F6E65")
        for words in ("iPhone with the app open", "-12 dBm", "name: \"Bluezone\"",
                      "128-bit services: 0x00004E5673F54BC4A12F17D1AD07A667\n"):
            self.assertIn(words, text)
        self.assertIn("cut", self.ran("advert", "decode", "0201020FFFB522"))

    def test_a_name_from_a_stranger_cannot_steer_the_terminal(self):
        text = self.ran("advert", "decode", "0909 1B5B33316D 9B E280")
        self.assertIn(r"name: " + r'"\x1B[31m\x9B\xE2\x80"', text)

    def test_nothing_of_ours(self):
        for packet in ("020106", "00", "FF", "0201020BFFB522B9A665D754FE65E60303564E"):
            self.assertEqual(self.json("advert", "decode", packet)["kind"], "other")

    def test_text_that_is_no_bytes(self):
        for text in ("", "0", "020", "GG", "02 0x01", "02\N{EN DASH}01", "0 2", "0-0-"):
            self.refused("advert", "decode", text)
        self.refused("advert", "decode", "-", input=b"02\x0001")
        self.refused("advert", "decode", "-", input=b"")
        self.refused("advert", "decode", "-", input=b"00" * 1000000)
        self.refused("advert", "decode", "00" * 1651)
        self.ran("advert", "decode", "00" * 1650)
        for text in ("B9A665D754FE65E665D76A", "B9A665D754FE65E665D76A4500", "B9A665D754FE65E665D76A4"):
            self.refused("advert", "encode", text)

    def test_wrong_calls(self):
        for words in (["encode"], ["decode"], ["encode", "--iphone", "locked"],
                      ["encode", "B9A665D754FE65E665D76A45", "--iphone", "open"],
                      ["decode", "00", "00"], ["decode", "--jsonx", "00"]):
            self.refused("advert", *words, code=USAGE)

    def test_any_bytes_are_answered(self):
        source = random.Random(2)
        for _ in range(60):
            packet = source.randbytes(source.randint(1, 40))
            for more in ([], ["--json"]):
                result = call("advert", "decode", packet.hex(), *more)
                self.assertEqual(result.returncode, RAN, (packet.hex(), result.stderr))
                self.assertTrue(all(byte >= 32 or byte == 10 for byte in result.stdout))


if __name__ == "__main__":
    unittest.main()
