import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.KeyFactory;
import java.security.Signature;
import java.security.spec.RSAPublicKeySpec;
import java.util.Base64;

/** java Verify.java N E TOKEN: prints true or false. N and E are modulus and exponent as in a JWK. */
public class Verify {
    public static void main(String[] args) throws Exception {
        Base64.Decoder decoder = Base64.getUrlDecoder();
        BigInteger modulus = new BigInteger(1, decoder.decode(args[0]));
        BigInteger exponent = new BigInteger(1, decoder.decode(args[1]));
        int dot = args[2].lastIndexOf('.');
        Signature verifier = Signature.getInstance("SHA256withRSA");
        verifier.initVerify(KeyFactory.getInstance("RSA").generatePublic(new RSAPublicKeySpec(modulus, exponent)));
        verifier.update(args[2].substring(0, dot).getBytes(StandardCharsets.US_ASCII));
        boolean verified;
        try {
            verified = verifier.verify(decoder.decode(args[2].substring(dot + 1)));
        } catch (java.security.SignatureException e) {
            verified = false;
        }
        System.out.println(verified);
    }
}
