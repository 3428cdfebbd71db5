// Signs PDFs with iText 5 and PDFBox 2. Usage: java -cp … Signers.java JOBS
//
// JOBS has one job a line: the action, then key=value, all parted by tabs. Jobs run in the order in which they stand, each reads `in` and writes `out`.

import com.itextpdf.text.Image;
import com.itextpdf.text.Rectangle;
import com.itextpdf.text.pdf.*;
import com.itextpdf.text.pdf.security.*;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.io.*;
import java.nio.file.*;
import java.security.*;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.*;
import org.apache.pdfbox.cos.COSName;
import org.apache.pdfbox.pdmodel.*;
import org.apache.pdfbox.pdmodel.common.PDRectangle;
import org.apache.pdfbox.pdmodel.graphics.image.LosslessFactory;
import org.apache.pdfbox.pdmodel.interactive.annotation.*;
import org.apache.pdfbox.pdmodel.interactive.digitalsignature.*;
import org.apache.pdfbox.pdmodel.interactive.digitalsignature.visible.*;
import org.apache.pdfbox.pdmodel.interactive.form.*;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.cms.Attribute;
import org.bouncycastle.asn1.cms.AttributeTable;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.cert.jcajce.JcaCertStore;
import org.bouncycastle.cms.*;
import org.bouncycastle.cms.jcajce.JcaSignerInfoGeneratorBuilder;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.jcajce.*;
import org.bouncycastle.tsp.*;

public class Signers {
    static final char[] PASSWORD = "made up".toCharArray();
    static final BouncyCastleProvider BC = new BouncyCastleProvider();
    static BufferedImage seal;

    /** A key with its certificates, the signer's first. */
    static class Identity {
        final PrivateKey key;
        final Certificate[] chain;

        Identity(String file) throws Exception {
            KeyStore store = KeyStore.getInstance("PKCS12");
            try (InputStream in = new FileInputStream(file)) {
                store.load(in, PASSWORD);
            }
            String alias = store.aliases().nextElement();
            key = (PrivateKey) store.getKey(alias, PASSWORD);
            chain = store.getCertificateChain(alias);
        }

        String algorithm(String digest) {
            return digest + "with" + (key.getAlgorithm().equals("RSA") ? "RSA" : "ECDSA");
        }
    }

    static class Job {
        final String action;
        final Map<String, String> values = new HashMap<>();

        Job(String line) {
            String[] parts = line.split("\t");
            action = parts[0];
            for (int i = 1; i < parts.length; i++) {
                int at = parts[i].indexOf('=');
                values.put(parts[i].substring(0, at), parts[i].substring(at + 1));
            }
        }

        String get(String key) {
            return values.get(key);
        }

        String get(String key, String otherwise) {
            return values.getOrDefault(key, otherwise);
        }

        boolean has(String key) {
            return values.containsKey(key);
        }

        float[] box(String key) {
            String[] parts = get(key).split(",");
            float[] found = new float[4];
            for (int i = 0; i < 4; i++) found[i] = Float.parseFloat(parts[i]);
            return found;
        }

        Calendar time() {
            Calendar at = Calendar.getInstance(TimeZone.getTimeZone(get("zone", "UTC")));
            at.setTimeInMillis(Instant.parse(get("at")).toEpochMilli());
            return at;
        }

        Stamps stamps() throws Exception {
            return has("tsa") ? new Stamps(new Identity(get("tsa")), Instant.parse(get("at")).plusSeconds(60)) : null;
        }
    }

    /** Time stamps of a fixed time. */
    static class Stamps implements TSAClient {
        final Identity by;
        final Instant at;

        Stamps(Identity by, Instant at) {
            this.by = by;
            this.at = at;
        }

        public int getTokenSizeEstimate() {
            return 6000;
        }

        public MessageDigest getMessageDigest() throws GeneralSecurityException {
            return MessageDigest.getInstance("SHA-256");
        }

        public byte[] getTimeStampToken(byte[] imprint) throws Exception {
            TimeStampTokenGenerator generator = new TimeStampTokenGenerator(
                    new JcaSignerInfoGeneratorBuilder(digests()).build(signer(by, "SHA256"), (X509Certificate) by.chain[0]),
                    digests().get(new org.bouncycastle.asn1.x509.AlgorithmIdentifier(new ASN1ObjectIdentifier("2.16.840.1.101.3.4.2.1"))),
                    new ASN1ObjectIdentifier("1.3.6.1.4.1.99999.1"));
            generator.addCertificates(new JcaCertStore(Arrays.asList(by.chain)));
            TimeStampRequestGenerator asks = new TimeStampRequestGenerator();
            asks.setCertReq(true);
            TimeStampRequest request = asks.generate(TSPAlgorithms.SHA256, imprint);
            java.math.BigInteger serial = new java.math.BigInteger(64, new SecureRandom());
            return generator.generate(request, serial, Date.from(at)).getEncoded();
        }
    }

    static org.bouncycastle.operator.DigestCalculatorProvider digests() throws Exception {
        return new JcaDigestCalculatorProviderBuilder().setProvider(BC).build();
    }

    static ContentSigner signer(Identity by, String digest) throws Exception {
        return new JcaContentSignerBuilder(by.algorithm(digest)).setProvider(BC).build(by.key);
    }

    static BufferedImage picture() {
        if (seal != null) return seal;
        seal = new BufferedImage(96, 96, BufferedImage.TYPE_INT_ARGB);
        Graphics2D pen = seal.createGraphics();
        pen.setColor(new Color(204, 25, 30, 230));
        pen.setStroke(new java.awt.BasicStroke(4));
        pen.draw(new Ellipse2D.Float(4, 4, 88, 88));
        pen.fill(new Rectangle2D.Float(38, 38, 20, 20));
        pen.dispose();
        return seal;
    }

    // iText

    static void itextSign(Job job) throws Exception {
        PdfReader reader = new PdfReader(job.get("in"));
        try (OutputStream out = new FileOutputStream(job.get("out"))) {
            PdfStamper stamper = PdfStamper.createSignature(reader, out, job.has("rewrite") ? '\0' : '\0', null, !job.has("rewrite"));
            PdfSignatureAppearance look = stamper.getSignatureAppearance();
            look.setSignDate(job.time());
            if (job.has("reason")) look.setReason(job.get("reason"));
            if (job.has("filled")) {
                look.setVisibleSignature(job.get("field"));
            } else if (job.has("box")) {
                float[] box = job.box("box");
                look.setVisibleSignature(new Rectangle(box[0], box[1], box[2], box[3]), Integer.parseInt(job.get("page", "9")), job.get("field"));
            }
            if (job.has("certify")) look.setCertificationLevel(Integer.parseInt(job.get("certify")));
            if (job.has("lock")) look.setFieldLockDict(new PdfSigLockDictionary(PdfSigLockDictionary.LockAction.INCLUDE, job.get("lock").split(",")));
            Identity by = new Identity(job.get("who"));
            if (job.has("filled") || job.has("box")) {
                switch (job.get("look", "picture")) {
                    case "picture":
                        look.setRenderingMode(PdfSignatureAppearance.RenderingMode.GRAPHIC);
                        look.setSignatureGraphic(Image.getInstance(picture(), null));
                        break;
                    case "drawn":
                        PdfTemplate layer = look.getLayer(2);
                        float side = layer.getWidth();
                        PdfGState gs = new PdfGState();
                        gs.setBlendMode(PdfGState.BM_MULTIPLY);
                        layer.setGState(gs);
                        layer.setRGBColorStroke(204, 25, 30);
                        layer.setLineWidth(3);
                        layer.circle(side / 2, side / 2, side / 2 - 4);
                        layer.stroke();
                        break;
                    default:
                        throw new IllegalArgumentException(job.get("look"));
                }
            }
            String digest = job.get("digest", "SHA-256");
            MakeSignature.signDetached(
                    look, new BouncyCastleDigest(), new PrivateKeySignature(by.key, digest, null), by.chain, null, null, job.stamps(), job.has("tsa") ? 16000 : 0,
                    job.get("form", "cms").equals("cades") ? MakeSignature.CryptoStandard.CADES : MakeSignature.CryptoStandard.CMS);
        }
    }

    /** Places empty fields; `fields` is name:box, parted by semicolons. */
    static void itextFields(Job job) throws Exception {
        PdfReader reader = new PdfReader(job.get("in"));
        PdfStamper stamper = new PdfStamper(reader, new FileOutputStream(job.get("out")), '\0', true);
        for (String each : job.get("fields").split(";")) {
            String[] parts = each.split(":");
            Job one = new Job("x\tbox=" + parts[1]);
            float[] box = one.box("box");
            PdfFormField field = PdfFormField.createSignature(stamper.getWriter());
            field.setFieldName(parts[0]);
            field.setWidget(new Rectangle(box[0], box[1], box[2], box[3]), PdfAnnotation.HIGHLIGHT_INVERT);
            field.setFlags(PdfAnnotation.FLAGS_PRINT);
            if (job.has("lock")) {
                PdfSigLockDictionary lock = new PdfSigLockDictionary(PdfSigLockDictionary.LockAction.INCLUDE, parts[0]);
                field.put(PdfName.LOCK, stamper.getWriter().addToBody(lock).getIndirectReference());
            }
            stamper.addAnnotation(field, 9);
        }
        stamper.close();
    }

    static void itextInfo(Job job) throws Exception {
        PdfReader reader = new PdfReader(job.get("in"));
        PdfStamper stamper = new PdfStamper(reader, new FileOutputStream(job.get("out")), '\0', !job.has("rewrite"));
        stamper.close();
    }

    static void itextStore(Job job) throws Exception {
        PdfReader reader = new PdfReader(job.get("in"));
        PdfStamper stamper = new PdfStamper(reader, new FileOutputStream(job.get("out")), '\0', true);
        LtvVerification data = stamper.getLtvVerification();
        List<byte[]> crls = new ArrayList<>(), certificates = new ArrayList<>();
        for (String file : job.get("crls").split(",")) crls.add(Files.readAllBytes(Paths.get(file)));
        for (Certificate each : new Identity(job.get("who")).chain) certificates.add(each.getEncoded());
        data.addVerification(job.get("field"), new ArrayList<byte[]>(), crls, certificates);
        data.merge();
        stamper.close();
    }

    static void itextStamp(Job job) throws Exception {
        PdfReader reader = new PdfReader(job.get("in"));
        try (OutputStream out = new FileOutputStream(job.get("out"))) {
            PdfStamper stamper = PdfStamper.createSignature(reader, out, '\0', null, true);
            LtvTimestamp.timestamp(stamper.getSignatureAppearance(), job.stamps(), null);
        }
    }

    // PDFBox

    static byte[] container(Job job, InputStream content) throws Exception {
        Identity by = new Identity(job.get("who"));
        CMSSignedDataGenerator generator = new CMSSignedDataGenerator();
        JcaSignerInfoGeneratorBuilder builder = new JcaSignerInfoGeneratorBuilder(digests());
        generator.addSignerInfoGenerator(builder.build(signer(by, job.get("digest", "SHA256")), (X509Certificate) by.chain[0]));
        List<Certificate> chain = new ArrayList<>(Arrays.asList(by.chain));
        Collections.reverse(chain);
        generator.addCertificates(new JcaCertStore(chain));
        CMSSignedData made = generator.generate(new CMSProcessableByteArray(content.readAllBytes()), false);
        if (job.has("tsa")) {
            List<SignerInformation> stamped = new ArrayList<>();
            for (SignerInformation each : made.getSignerInfos()) {
                byte[] token = job.stamps().getTimeStampToken(MessageDigest.getInstance("SHA-256").digest(each.getSignature()));
                ASN1EncodableVector attributes = new ASN1EncodableVector();
                attributes.add(new Attribute(PKCSObjectIdentifiers.id_aa_signatureTimeStampToken, new DERSet(ASN1Primitive.fromByteArray(token))));
                stamped.add(SignerInformation.replaceUnsignedAttributes(each, new AttributeTable(attributes)));
            }
            made = CMSSignedData.replaceSigners(made, new SignerInformationStore(stamped));
        }
        return job.has("der") ? made.toASN1Structure().getEncoded("DER") : made.getEncoded();
    }

    /** A document of one page with the field as it should look, which PDFBox takes over. */
    static InputStream template(Job job) throws Exception {
        float[] box = job.box("box");
        try (PDDocument document = new PDDocument()) {
            PDPage page = new PDPage(new PDRectangle(595.2756f, 841.8898f));
            document.addPage(page);
            PDAcroForm form = new PDAcroForm(document);
            document.getDocumentCatalog().setAcroForm(form);
            form.setSignaturesExist(true);
            form.setAppendOnly(true);
            PDSignatureField field = new PDSignatureField(form);
            form.getFields().add(field);
            PDAnnotationWidget widget = field.getWidgets().get(0);
            widget.setRectangle(new PDRectangle(box[0], box[1], box[2] - box[0], box[3] - box[1]));
            PDAppearanceStream drawn = new PDAppearanceStream(document);
            drawn.setResources(new PDResources());
            drawn.setBBox(new PDRectangle(box[2] - box[0], box[3] - box[1]));
            try (PDPageContentStream pen = new PDPageContentStream(document, drawn)) {
                pen.drawImage(LosslessFactory.createFromImage(document, picture()), 0, 0, box[2] - box[0], box[3] - box[1]);
            }
            PDAppearanceDictionary appearance = new PDAppearanceDictionary();
            appearance.setNormalAppearance(drawn);
            widget.setAppearance(appearance);
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            document.save(out);
            return new ByteArrayInputStream(out.toByteArray());
        }
    }

    static void pdfboxSign(Job job) throws Exception {
        try (PDDocument document = PDDocument.load(new File(job.get("in"))); OutputStream out = new FileOutputStream(job.get("out"))) {
            PDSignature signature = new PDSignature();
            signature.setFilter(PDSignature.FILTER_ADOBE_PPKLITE);
            signature.setSubFilter(PDSignature.SUBFILTER_ADBE_PKCS7_DETACHED);
            signature.setSignDate(job.time());
            if (job.has("name")) signature.setName(job.get("name"));
            try (SignatureOptions options = new SignatureOptions()) {
                options.setPreferredSignatureSize(16384);
                if (job.has("box")) {
                    int page = Integer.parseInt(job.get("page", "9"));
                    options.setPage(page - 1);
                    if (job.get("look", "template").equals("template")) {
                        options.setVisualSignature(template(job));
                    } else {
                        float[] box = job.box("box");
                        PDVisibleSignDesigner designer = new PDVisibleSignDesigner(document, picture(), page);
                        designer.xAxis(box[0]).yAxis(841.8898f - box[3]).width(box[2] - box[0]).height(box[3] - box[1]).signatureFieldName(job.get("field"));
                        PDVisibleSigProperties properties = new PDVisibleSigProperties();
                        properties.page(page).visualSignEnabled(true).setPdVisibleSignature(designer).buildSignature();
                        options.setVisualSignature(properties);
                    }
                }
                if (job.has("external")) {
                    document.addSignature(signature, options);
                    ExternalSigningSupport support = document.saveIncrementalForExternalSigning(out);
                    support.setSignature(container(job, support.getContent()));
                } else {
                    document.addSignature(signature, content -> {
                        try {
                            return container(job, content);
                        } catch (Exception error) {
                            throw new IOException(error);
                        }
                    }, options);
                    document.saveIncremental(out);
                }
            }
        }
    }

    static void pdfboxRewrite(Job job) throws Exception {
        try (PDDocument document = PDDocument.load(new File(job.get("in")))) {
            document.save(job.get("out"));
        }
    }

    public static void main(String[] arguments) throws Exception {
        Security.addProvider(BC);
        for (String line : Files.readAllLines(Paths.get(arguments[0]))) {
            Job job = new Job(line);
            try {
                switch (job.action) {
                    case "itext-sign": itextSign(job); break;
                    case "itext-fields": itextFields(job); break;
                    case "itext-info": itextInfo(job); break;
                    case "itext-store": itextStore(job); break;
                    case "itext-stamp": itextStamp(job); break;
                    case "pdfbox-sign": pdfboxSign(job); break;
                    case "pdfbox-rewrite": pdfboxRewrite(job); break;
                    default: throw new IllegalArgumentException(job.action);
                }
            } catch (Exception error) {
                throw new Exception("job failed: " + line, error);
            }
        }
    }
}
